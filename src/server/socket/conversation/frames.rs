//! What a client says, and what is answered.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::extract::ws::Utf8Bytes;

use super::{Asked, Conversation, HEARTBEAT_MS, HELLO_BYTES, TYPING_EVERY, VIOLATIONS, encode};
use crate::error::{AppError, Problem};
use crate::i18n::Lang;
use crate::model::ids::{Nonce, RoomId, UserId};
use crate::model::message::Posted;
use crate::model::policy::Deed;
use crate::model::text;
use crate::model::user::{Author, Privacy};
use crate::protocol::client::{Act, Lobby, Pong, Read, Sync, UnreadFrom};
use crate::protocol::{
    self, ClientFrame, FrameError, Hello, Limits, MAX_CARDS, MAX_FRAME, MAX_RESUME, MAX_SUBS, ServerFrame, Since, close,
};
use crate::server::chat::members;
use crate::server::hub::{Closing, Joined, Resume, evs, items};
use crate::server::store::unread::Step;
use crate::server::{failpoint, ids, presence};

impl Conversation {
    /// Counts a frame against the limit; `Ok(Some)` if it has to wait.
    pub(super) fn spend(&mut self) -> Result<Option<Duration>, Closing> {
        let (Some(bucket), Some(limit)) = (&mut self.frames, self.app.limits.frames) else { return Ok(None) };
        let now = Instant::now();
        let Err(wait) = bucket.take(limit, now) else { return Ok(None) };
        if now.duration_since(self.violations.1) > Duration::from_secs(60) {
            self.violations = (0, now);
        }
        self.violations.0 += 1;
        if self.violations.0 > VIOLATIONS {
            return Err(Closing::new(close::ABUSE, "too fast"));
        }
        Ok(Some(wait))
    }

    pub(super) async fn frame(&mut self, text: &str) -> Result<(), Closing> {
        failpoint::hit("in_connection");
        let frame = ClientFrame::parse(text);
        let answers_heartbeat = matches!(&frame, Ok(ClientFrame::Pong(pong)) if self.is_answered_by(pong));
        let wait = if answers_heartbeat { None } else { self.spend()? };
        match frame {
            Err(FrameError::Unreadable) => Err(Closing::new(close::BAD_FRAME, "not a frame")),
            // A hello with wrong fields may be said again.
            Err(FrameError::Refused { is_hello, id, nonce, room, problem }) if self.greeted || is_hello => {
                self.refuse(problem.into(), id, nonce, room);
                Ok(())
            }
            Ok(ClientFrame::Hello(hello)) => self.hello(hello),
            Ok(frame) if self.greeted => {
                match wait {
                    Some(wait) => self.put_off(frame, wait).await,
                    None => self.obey(frame).await,
                }
                Ok(())
            }
            Ok(_) | Err(_) => Err(Closing::new(close::BAD_FRAME, "hello comes first")),
        }
    }

    /// Whether this is the answer to a heartbeat that had none yet; any other costs as much as a frame.
    fn is_answered_by(&mut self, pong: &Pong) -> bool {
        let is_answer = (self.answered + 1..=self.beats).contains(&pong.n);
        if is_answer {
            self.answered = pong.n;
        }
        is_answer
    }

    fn hello(&mut self, hello: Hello) -> Result<(), Closing> {
        let rooms: HashSet<RoomId> = hello.subs.iter().map(|sub| sub.room).collect();
        if !self.greeted && (hello.subs.len() > MAX_SUBS || rooms.len() < hello.subs.len()) {
            self.refuse(Problem::BadFrame.into(), None, None, None);
            return Ok(());
        }
        if std::mem::replace(&mut self.greeted, true) {
            return Err(Closing::new(close::HELLO, "second hello"));
        }
        if hello.v != protocol::VERSION {
            return Err(Closing::new(close::VERSION, "reload"));
        }
        self.out.push(encode(&ServerFrame::Welcome {
            v: protocol::VERSION,
            conn: ids::nonce(),
            user: self.visitor.author().cloned(),
            epoch: self.app.chat.epoch.clone(),
            hb_ms: HEARTBEAT_MS,
            now: ids::now(),
            limits: Limits { body: text::MESSAGE_MAX, frame: MAX_FRAME, subs: MAX_SUBS },
        }));
        self.seat = self.user().map(|user| self.app.unread.enter(&self.app, user, &self.out));
        let epoch_is_ours = hello.epoch.as_ref().is_none_or(|epoch| *epoch == self.app.chat.epoch);
        self.asked.extend(hello.subs.into_iter().map(|sub| {
            let resume = match sub.since {
                None => Resume::Live,
                Some(Since(0)) => Resume::After(0),
                // A place in a log means nothing without the log it is in.
                Some(_) if hello.epoch.is_none() || !epoch_is_ours => Resume::Void,
                Some(Since(since)) => Resume::After(since),
            };
            Asked { id: None, room: sub.room, resume }
        }));
        Ok(())
    }

    /// Answers a frame that came too fast.
    async fn put_off(&mut self, frame: ClientFrame, wait: Duration) {
        let error = AppError::from(Problem::TooFast).retry_after(wait.as_millis().max(1) as u64);
        match frame {
            ClientFrame::Act(Act { id, nonce, room, .. }) => self.refuse(error, Some(id), Some(nonce), Some(room)),
            ClientFrame::Sub(sub) => self.refuse(error, Some(sub.id), None, Some(sub.room)),
            ClientFrame::Sync(sync) => self.refuse(error, Some(sync.id), None, Some(sync.room)),
            ClientFrame::Unsub(unsub) => self.unsubscribe(unsub.room).await,
            // Where somebody has read to is not lost by a frame too many: it is counted, and taken all the same.
            ClientFrame::Read(read) => self.read(read.room, Step::Forward(read.seq.0)),
            ClientFrame::UnreadFrom(from) => self.read(from.room, Step::Before(from.seq.0)),
            ClientFrame::Hello(_) | ClientFrame::Typing(_) | ClientFrame::Lobby(_) | ClientFrame::Pong(_) => {}
        }
    }

    async fn obey(&mut self, frame: ClientFrame) {
        match frame {
            ClientFrame::Sub(sub) => {
                let resume = sub.since.map_or(Resume::Live, |Since(since)| Resume::After(since));
                self.asked.push_back(Asked { id: Some(sub.id), room: sub.room, resume });
            }
            ClientFrame::Unsub(unsub) => self.unsubscribe(unsub.room).await,
            ClientFrame::Act(act) => self.submit(act).await,
            ClientFrame::Sync(sync) => self.sync(sync).await,
            ClientFrame::Typing(typing) => self.typing(typing.room).await,
            ClientFrame::Read(Read { room, seq }) => self.read(room, Step::Forward(seq.0)),
            ClientFrame::UnreadFrom(UnreadFrom { room, seq }) => self.read(room, Step::Before(seq.0)),
            ClientFrame::Lobby(lobby) => self.lobby(lobby),
            ClientFrame::Hello(_) | ClientFrame::Pong(_) => {}
        }
    }

    pub(super) async fn subscribe(&mut self, Asked { id, room, resume }: Asked) {
        if self.subscribed.len() >= MAX_SUBS && !self.subscribed.contains(&room) {
            return self.refuse(Problem::NotAllowed.into(), id, None, Some(room));
        }
        let is_of_hello = id.is_none();
        let resume = if is_of_hello && self.brought >= HELLO_BYTES { resume.without_events() } else { resume };
        let (reader, bytes) = (self.out.reader, AtomicUsize::new(0));
        let announce = |joined: &Joined| {
            let answer = sub_ok(id, room, joined, reader);
            bytes.store(answer.len(), Ordering::Relaxed);
            answer
        };
        let revocations = self.app.chat.hub.revocations();
        let mut joined = match self.app.chat.access(room, self.user()).await {
            Ok(reader) => {
                self.out.reads_from(room, reader.from());
                self.app.chat.hub.join(reader.room, &self.out, resume, &announce).await
            }
            Err(error) => Err(error),
        };
        let bytes = bytes.into_inner();
        self.app.fair.charge(self.visitor.address, bytes);
        if is_of_hello {
            self.brought += bytes;
        }
        // Between the two somebody's rights have ended, and they may have been these.
        if joined.is_ok()
            && self.app.chat.hub.revocations() != revocations
            && let Err(error) = members::put_out(&self.app, room, self.user()).await
        {
            self.app.chat.hub.leave(room, &self.out).await;
            joined = Err(error);
        }
        match joined {
            Ok(()) => {
                // A second subscription to a room begins it anew; its reader is counted once.
                if self.subscribed.insert(room) {
                    let (privacy, author) = (self.privacy().await, self.author().await);
                    let user = author.as_ref().map(|user| (user, privacy));
                    presence::enter(&self.app, room, user, &self.out);
                } else {
                    presence::tell(&self.app, room, &self.out);
                }
            }
            Err(error) => self.refuse(error, id, None, Some(room)),
        }
    }

    async fn unsubscribe(&mut self, room: RoomId) {
        if self.subscribed.remove(&room) {
            self.app.chat.hub.leave(room, &self.out).await;
            self.depart(room);
        }
    }

    /// The reader is not in the room any more, as far as this connection goes.
    pub(super) fn depart(&self, room: RoomId) {
        if let Some(user) = self.user() {
            self.app.presence.leave(room, user);
        }
    }

    /// Places are those of members: the database leaves others where they are, which is nowhere.
    fn read(&self, room: RoomId, step: Step) {
        match self.user() {
            Some(user) => self.app.unread.read(user, room, step),
            None => self.refuse(Problem::SignInFirst.into(), None, None, Some(room)),
        }
    }

    fn lobby(&mut self, Lobby { on, filter }: Lobby) {
        if filter.rooms.len() > MAX_CARDS {
            return self.refuse(Problem::BadFrame.into(), None, None, None);
        }
        self.is_in_lobby = on;
        if on {
            self.app.cards.watch(&self.out, filter.rooms);
        } else {
            self.app.cards.leave(&self.out);
        }
    }

    /// Of somebody who may say something there, and not too often; others are not told, and nor is the sender.
    async fn typing(&mut self, room: RoomId) {
        let now = Instant::now();
        let Some(user) = self.user().filter(|_| self.subscribed.contains(&room)) else { return };
        if self.typed.is_none_or(|(at, in_room)| in_room != room || now.duration_since(at) >= TYPING_EVERY) {
            self.typed = Some((now, room));
            let may_speak =
                self.app.chat.access(room, Some(user)).await.is_ok_and(|reader| reader.may(Deed::Speak).is_ok());
            if may_speak
                && self.privacy().await.shows_typing
                && let Some(author) = self.author().await
            {
                presence::typing(&self.app, room, author);
            }
        }
    }

    /// Who this is, by the name that they have now.
    async fn author(&mut self) -> Option<Author> {
        if let Some(user) = self.user()
            && self.out.was_renamed()
        {
            match self.app.chat.db.user(user.get()).await {
                Ok(Some(row)) => self.author = row.author().ok().or(self.author.take()),
                Ok(None) => {}
                Err(_) => self.out.renamed(),
            }
        }
        self.author.clone()
    }

    /// What others are to see of this person: asked each time, as it may have been changed on another node. Nothing, if
    /// nobody knows.
    async fn privacy(&self) -> Privacy {
        let hidden = Privacy { shows_presence: false, shows_typing: false, may_be_listed: false, may_be_added: false };
        let Some(user) = self.user() else { return hidden };
        self.app.chat.db.privacy(user).await.ok().flatten().unwrap_or(hidden)
    }

    async fn sync(&self, Sync { id, room, since: Since(since), limit }: Sync) {
        let limit = limit.unwrap_or(MAX_RESUME as i64);
        let Some(limit) = usize::try_from(limit).ok().filter(|limit| (1..=MAX_RESUME).contains(limit)) else {
            return self.refuse(Problem::BadFrame.into(), Some(id), None, Some(room));
        };
        let found = match self.app.chat.access(room, self.user()).await {
            Ok(reader) => self.app.chat.events(&reader, since, limit).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(Some((_, events))) => {
                let answer = evs(Some(id), room, since, &events, self.out.reader);
                self.app.fair.charge(self.visitor.address, answer.len());
                self.out.push(answer);
            }
            Ok(None) => {
                let head = self.app.chat.hub.head(room).unwrap_or_default();
                self.out.push(encode(&ServerFrame::Reset { room, head, reason: "no such place".into() }));
            }
            Err(error) => self.refuse(error, Some(id), None, Some(room)),
        }
    }

    async fn submit(&mut self, Act { id, room, nonce, action }: Act) {
        let Some(author) = self.author().await else {
            return self.refuse(Problem::SignInFirst.into(), Some(id), Some(nonce), Some(room));
        };
        let (owed, lang, echoed) = (self.out.owe(), self.visitor.lang, nonce.clone());
        let (app, user) = (self.app.clone(), author.id);
        let reply = Box::new(move |posted: crate::error::Result<Posted>| {
            owed.pay(match posted {
                Ok(Posted { seq, ts, dup, joined }) => {
                    if joined {
                        members::joined(&app, room, user);
                    }
                    encode(&ServerFrame::Ack { id, nonce: echoed, room, seq, ts, dup })
                }
                Err(error) => refusal(error, lang, Some(id), Some(echoed), Some(room)),
            });
        });
        let taken = match self.app.limits.send(author.id, room) {
            Ok(()) => self.app.chat.submit(author, room, nonce.clone(), action, reply).await,
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            self.refuse(error, Some(id), Some(nonce), Some(room));
        }
    }

    fn user(&self) -> Option<UserId> {
        self.visitor.author().map(|user| user.id)
    }

    fn refuse(&self, error: AppError, id: Option<i64>, nonce: Option<Nonce>, room: Option<RoomId>) {
        self.out.push(refusal(error, self.visitor.lang, id, nonce, room));
    }
}

fn refusal(error: AppError, lang: Lang, id: Option<i64>, nonce: Option<Nonce>, room: Option<RoomId>) -> Utf8Bytes {
    encode(&ServerFrame::refusal(error.in_language(lang), id, nonce, room))
}

/// Put together from events that are encoded already.
fn sub_ok(id: Option<i64>, room: RoomId, joined: &Joined, reader: Option<UserId>) -> Utf8Bytes {
    let Joined { head, floor, recovered, events } = joined;
    let id = id.map_or_else(String::new, |id| format!(r#""id":{id},"#));
    let items = items(events, reader);
    format!(
        r#"{{"t":"sub_ok",{id}"room":{room},"head":{head},"floor":{floor},"recovered":{recovered},"events":[{items}]}}"#
    )
    .into()
}
