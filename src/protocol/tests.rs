//! Decodes one frame of each kind as it is documented.

use super::*;
use crate::error::Problem;
use crate::model::ids::Nonce;

#[test]
fn every_documented_client_frame_is_read() {
    let frames = [
        r#"{"t":"hello","v":1,"epoch":null,"subs":[{"room":42,"since":7},{"room":43}]}"#,
        r#"{"t":"sub","id":1,"room":42,"since":0,"later":true}"#,
        r#"{"t":"unsub","room":42}"#,
        r#"{"t":"send","id":2,"room":42,"nonce":"n-1","body":"hi","reply_to":3}"#,
        r#"{"t":"edit","id":3,"room":42,"nonce":"n-2","target":1,"body":"hi!"}"#,
        r#"{"t":"del","id":4,"room":42,"nonce":"n-3","target":1}"#,
        r#"{"t":"react","id":5,"room":42,"nonce":"n-4","target":1,"emoji":"👍","on":true}"#,
        r#"{"t":"pin","id":5,"room":42,"nonce":"n-5","target":1,"on":false}"#,
        r#"{"t":"sync","id":6,"room":42,"since":7,"limit":500}"#,
        r#"{"t":"typing","room":42}"#,
        r#"{"t":"read","room":42,"seq":7}"#,
        r#"{"t":"unread_from","room":42,"seq":7}"#,
        r#"{"t":"lobby","on":true,"filter":{"rooms":[42,43]}}"#,
        r#"{"t":"pong","n":9}"#,
    ];
    for text in frames {
        let frame = ClientFrame::parse(text).expect(text);
        let again = serde_json::to_string(&frame).unwrap();
        assert_eq!(ClientFrame::parse(&again), Ok(frame));
    }
}

#[test]
fn every_documented_server_frame_is_read() {
    let frames = [
        r#"{"t":"welcome","v":1,"conn":"c","user":null,"epoch":"e","hb_ms":25000,"now":1,"limits":{"body":4000,"frame":65536,"subs":64}}"#,
        r#"{"t":"sub_ok","id":1,"room":42,"head":2,"floor":1,"recovered":true,"events":[{"seq":2,"k":"msg","author":{"id":1,"username":"a","display_name":"A"},"ts":5,"body":"hi"}]}"#,
        r#"{"t":"ev","room":42,"seq":3,"k":"react","author":{"id":1,"username":"a","display_name":"A"},"ts":5,"emoji":"👍"}"#,
        r#"{"t":"ev","room":42,"seq":4,"k":"edit","author":{"id":1,"username":"a","display_name":"A"},"nonce":"n-2","ts":6,"target":1,"body":"hi!"}"#,
        r#"{"t":"ev","room":42,"seq":5,"k":"pin","author":{"id":1,"username":"a","display_name":"A"},"ts":6,"target":1,"on":true}"#,
        r#"{"t":"ev","room":42,"seq":5,"k":"member","author":{"id":1,"username":"a","display_name":"A"},"ts":6,"member":{"user":{"id":2,"username":"b","display_name":"B"},"role":"member","action":"ban"}}"#,
        r#"{"t":"ev","room":42,"seq":6,"k":"member","author":{"id":1,"username":"a","display_name":"A"},"ts":6,"member":{"user":{"id":2,"username":"b","display_name":"B"},"role":"moderator","action":"role"}}"#,
        r#"{"t":"evs","id":6,"room":42,"from":8,"to":8,"events":[{"seq":8,"k":"skip","author":{"id":1,"username":"a","display_name":"A"},"ts":7}]}"#,
        r#"{"t":"ack","id":2,"nonce":"n-1","room":42,"seq":3,"ts":5,"dup":false}"#,
        r#"{"t":"err","id":2,"nonce":"n-1","code":"too_long","msg":"…","fatal":true}"#,
        r#"{"t":"reset","room":42,"head":900,"reason":"behind"}"#,
        r#"{"t":"revoked","room":42,"reason":"kicked"}"#,
        r#"{"t":"presence","room":42,"n":3,"join":[{"id":1,"username":"a","display_name":"A"}],"leave":[],"partial":false}"#,
        r#"{"t":"typing","room":42,"users":[{"id":1,"username":"a","display_name":"A"}]}"#,
        r#"{"t":"unread","room":42,"count":3,"mentions":1,"read_seq":7}"#,
        r#"{"t":"unread","room":42,"count":0,"mentions":0,"read_seq":0,"gone":true}"#,
        r#"{"t":"card","room":42,"title":"T","state":"open","members":2,"messages":9,"present":1,"last_ts":5,"head":9}"#,
        r#"{"t":"lobby","latest":5}"#,
        r#"{"t":"ev","room":42,"seq":6,"k":"room","author":{"id":1,"username":"a","display_name":"A"},"ts":6,"changed":{"title":"T","visibility":"public","body":true}}"#,
        r#"{"t":"hb","n":1,"now":5,"heads":[[42,3]]}"#,
        r#"{"t":"bye","reason":"restart","retry_ms":500}"#,
    ];
    for text in frames {
        let frame = ServerFrame::parse(text).expect(text);
        assert_ne!(frame, ServerFrame::Unknown, "{text}");
    }
    assert_eq!(ServerFrame::parse(r#"{"t":"new","x":1}"#).unwrap(), ServerFrame::Unknown);
}

#[test]
fn what_is_wrong_decides_the_answer() {
    for text in ["", "x", "[]", "{}", r#"{"t":5}"#, r#"{"t":null}"#, r#"{"t":"send""#] {
        assert_eq!(ClientFrame::parse(text), Err(FrameError::Unreadable), "{text}");
    }
    let refused = ClientFrame::parse(r#"{"t":"send","id":7,"room":"x","nonce":"n","body":"b"}"#);
    let echoed = FrameError::Refused {
        id: Some(7),
        nonce: Nonce::try_from("n".to_owned()).ok(),
        room: None,
        problem: Problem::BadFrame,
        is_hello: false,
    };
    assert_eq!(refused, Err(echoed));
    assert!(matches!(
        ClientFrame::parse(r#"{"t":"dance"}"#),
        Err(FrameError::Refused { problem: Problem::UnknownFrame, .. })
    ));
}
