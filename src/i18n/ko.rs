//! Korean, in the friendly polite form.

use super::texts::{Texts, grouped};
use crate::error::Problem;
use crate::model::room::{Level, Match, Role, RoomState, Sort, Visibility};
use crate::model::text;

pub static TEXTS: Texts = Texts {
    tagline: "글이 곧 방이에요. 관심사로 찾아서 바로 이야기해요.",
    skip: "본문으로 건너뛰기",
    navigation: "Chat Chat 메뉴",
    write: "글쓰기",
    sign_in: "로그인",
    sign_up: "가입하기",
    sign_out: "로그아웃",
    account: "내 계정",
    settings: "설정",
    language: "언어",
    theme: "테마",
    theme_system: "시스템 설정 따르기",
    theme_light: "밝게",
    theme_dark: "어둡게",
    back: "모든 방으로 돌아가기",
    try_again: "다시 시도",
    loading: "불러오는 중…",
    trouble: "문제가 생겼어요",
    not_found: "여기엔 아무것도 없어요",
    not_found_hint: "없는 페이지이거나, 볼 수 없는 페이지예요.",
    problem,

    category: "분류",
    sort_name,
    state_name,
    visibility_name,
    visibility_hint,
    who_reads,
    members: |count| format!("멤버 {}명", grouped(count)),
    messages: |count| format!("메시지 {}개", grouped(count)),
    present: |count| format!("지금 {}명", grouped(count)),

    just_now: "방금",
    minutes_ago: |count| format!("{count}분 전"),
    hours_ago: |count| format!("{count}시간 전"),
    yesterday: "어제",
    days_ago: |count| format!("{count}일 전"),

    lobby: "모든 방",
    categories: "분류",
    all: "전체",
    sorting: "정렬",
    tag_drop: |tag| format!("#{tag} 조건 해제"),
    rooms_older: "방 더 보기",
    rooms_latest: "첫 페이지로",
    lobby_empty: "아직 방이 없어요",
    lobby_empty_hint: "첫 번째 방을 열어 보세요. 제목만 있으면 돼요.",
    lobby_none_match: "조건에 맞는 방이 없어요",
    lobby_none_match_hint: "다른 분류를 골라 보거나, 직접 방을 열어 보세요.",
    lobby_all: "모든 방 보기",

    search: "검색",
    search_hint: "글과 메시지 검색",

    display_name: "보이는 이름 (선택)",
    display_name_hint: "쓴 글 옆에 보여요. 비워 두면 아이디가 보여요.",
    save: "저장",

    sign_in_beside: "쓴 글은 그대로 있어요. 다른 탭에서 로그인한 뒤 다시 보내 주세요.",
    title: "제목",
    post_body: "본문",
    tags: "태그",

    my_rooms: "내 방",
    unread,
    states: "상태",
    match_name,
    lobby_news: "새 이야기가 있어요. 불러오기",
    join: "들어가기",
    leave: "방 나가기",
    level_name,
    mute_for: "잠시 알림 끄기",
    mute_choices: [(60, "1시간"), (8 * 60, "8시간"), (24 * 60, "24시간")],
    quiet_until: ["", "까지 알림 꺼짐"],
    unmute: "알림 다시 켜기",
    room_menu: "방 메뉴",
    room_settings: "글 수정",
    room_members: "멤버 보기",
    room_edited: "수정됨",
    role_name,
    back_to_room: "방으로 돌아가기",
    search_here: "이 방에서 찾기",
    opened_later: "나중에 공개 범위를 넓힌 방이에요. 새로 온 사람에게는 그 뒤의 대화만 보여요.",

    switch: "방으로 가기",
    switch_none: "그런 이름의 방에는 들어가 있지 않아요.",
    shortcuts_title: "키보드",
    shortcuts: &[
        ("Ctrl K · ⌘ K", "내 방 가운데 하나로 가기"),
        ("n", "대화나 내 방 목록에서: 안 읽은 것이 있는 다음 방"),
        ("↑ ↓", "대화에서 메시지 사이를 옮겨 다니기"),
        ("Enter", "메시지 메뉴"),
        ("Ctrl Enter · ⌘ Enter", "보내기"),
        ("↑", "입력창이 비어 있을 때, 내 마지막 메시지 수정"),
        ("End", "최신 메시지로"),
        ("Esc", "메시지 입력창으로 돌아가기"),
        ("Ctrl / · ⌘ /", "이 목록 (대화나 내 방 목록에서는 ?)"),
    ],
    close: "닫기",

    conversation: "대화",
    nothing_said: "아직 아무도 말하지 않았어요.",
    day_silent: "이날은 아무도 말하지 않았어요.",
    messages_older: "이전 메시지",
    messages_newer: "다음 메시지",
    messages_latest: "최신 메시지로 가기",
    messages_new: |count| format!("새 메시지 {}개", grouped(i64::try_from(count).unwrap_or(i64::MAX))),
    unread_line: "여기부터 새 메시지",
    typing,
    invited: |count| format!("받은 초대 {}개", grouped(count)),
    unread_page: "안 읽은 메시지",
    read_all: "모두 읽음으로",
    read_all_done: "모두 읽음으로 표시했어요.",
    chain: "답장 모아 보기",
    chain_hint: "이어진 답장을 모아서 봐요",
    chain_only: "이어진 답장만 또렷하게 보여요.",
    chain_leave: "모두 보기",
    message_edited: "수정됨",
    message_deleted: "삭제된 메시지예요.",
    withheld: "글쓴이가 검색 엔진에는 숨긴 메시지예요. 읽기",
    message_link: "이 메시지의 링크",
    message_deleted_hint: "쓴 사람이나 운영진이 지웠어요. 앞뒤 이야기는 그대로 있어요.",
    message_before: "바로 앞 메시지",
    message_after: "바로 뒤 메시지",
    reactions: "반응",
    more_reactions: "반응 더 보기",
    message: "메시지",
    message_hint: "메시지 보내기",
    send: "보내기",
    sending: "보내는 중…",
    not_sent: "보내지 못했어요.",
    not_sent_asks: "10분 넘게 기다린 메시지예요. 지금 보낼까요?",
    send_again: "다시 보내기",
    edit: "수정",
    discard: "보내지 않기",
    sign_in_to_talk: "로그인하고 함께 이야기해요",
    connection_lost: "연결이 끊겼어요. 다시 연결하는 중… 보낸 메시지는 연결되면 전송돼요.",
    connection_barred: "페이지는 열리지만 실시간 연결이 되지 않아요. 글은 그대로 보낼 수 있고, 새 글은 새로 고치면 보여요.",
    connection_ended: "이제 로그인되어 있지 않아요. 페이지를 새로 고쳐 주세요.",
    room_revoked: "더는 이 방을 읽을 수 없어요.",

    days: "달력",
    pins: "고정한 메시지",
    pin: "고정",
    unpin: "고정 해제",

    message_menu: "메시지 메뉴",
    reply: "답장",
    replying: "답장하는 중",
    editing: "메시지를 수정하는 중",
    cancel: "그만두기",
    quote_hint: "이 메시지로 가기",
    react: "반응 남기기",
    delete: "삭제",
    undo: "되돌리기",
    copy_text: "글 복사",
    copy_link: "링크 복사",
    copied: "복사했어요.",
    unread_from_here: "여기부터 안 읽음으로 표시",
    pinned: "고정됨",
    draft: "초안",
    length_of: |length, most| format!("{} / {}자", grouped(length as i64), grouped(most as i64)),
    send_in_pieces: |count| format!("메시지 {count}개로 나눠 보내기"),
    trim: "뒷부분 자르기",
    untrim: "자른 부분 되돌리기",
    choices: "추천",
    message_actions: "메시지",
    back_to_message: "대화로 돌아가기",
};

fn typing(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        names if names.len() <= 3 => format!("{}님이 쓰고 있어요…", names.join("님, ")),
        _ => "여러 사람이 쓰고 있어요…".to_owned(),
    }
}

fn unread(count: i64, mentions: i64) -> String {
    let count = grouped(count);
    if mentions > 0 {
        format!("안 읽은 메시지 {count}개, 나를 멘션한 메시지 {}개", grouped(mentions))
    } else {
        format!("안 읽은 메시지 {count}개")
    }
}

const fn match_name(matching: Match) -> &'static str {
    match matching {
        Match::Any => "하나라도",
        Match::All => "모두",
    }
}

const fn level_name(level: Level) -> &'static str {
    match level {
        Level::All => "모든 메시지 알림",
        Level::Mentions => "나를 멘션할 때만 알림",
        Level::None => "알림 끄기",
    }
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "방장",
        Role::Moderator => "운영진",
        Role::Member => "멤버",
    }
}

const fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Active => "활동순",
        Sort::New => "최신순",
        Sort::Popular => "인기순",
    }
}

const fn state_name(state: RoomState) -> &'static str {
    match state {
        RoomState::Open => "열림",
        RoomState::Locked => "잠김",
        RoomState::Resolved => "해결됨",
        RoomState::Archived => "보관됨",
    }
}

const fn visibility_name(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "공개",
        Visibility::Unlisted => "링크 공개",
        Visibility::Private => "비공개",
    }
}

const fn visibility_hint(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "목록에 나오고, 계정이 없어도 누구나 읽을 수 있어요.",
        Visibility::Unlisted => "목록에는 나오지 않고, 링크가 있으면 누구나 읽을 수 있어요.",
        Visibility::Private => "추가한 멤버만 볼 수 있고, 다른 사람에게는 보이지 않아요.",
    }
}

fn who_reads(visibility: Visibility, indexed: bool) -> String {
    match (visibility, indexed) {
        (Visibility::Public, true) => "누구나 읽을 수 있는 방이에요 · 검색 엔진에 나올 수 있어요",
        (Visibility::Public, false) => "누구나 읽을 수 있는 방이에요 · 검색 엔진에는 나오지 않아요",
        (Visibility::Unlisted, _) => "링크가 있으면 누구나 읽을 수 있는 방이에요",
        (Visibility::Private, _) => "멤버만 읽을 수 있는 방이에요",
    }
    .to_owned()
}

fn problem(problem: &Problem) -> String {
    match problem {
        Problem::Malformed => "빠졌거나 형식이 맞지 않는 값이 있어요.".to_owned(),
        Problem::BadFrame => "요청을 읽지 못했어요. 페이지를 새로 고쳐 주세요.".to_owned(),
        Problem::UnknownFrame => "이 서버가 아직 모르는 요청이에요.".to_owned(),
        Problem::SignInFirst => "먼저 로그인해 주세요.".to_owned(),
        Problem::WrongCredentials => "아이디나 비밀번호가 맞지 않아요.".to_owned(),
        Problem::WrongPassword => "현재 비밀번호가 아니에요.".to_owned(),
        Problem::SomebodyElse { name } => {
            format!("지금은 {name}님으로 로그인되어 있어서 보내지 않았어요. {name}님으로 보내려면 다시 보내 주세요.")
        }
        Problem::CookiesNeeded => {
            "브라우저가 쿠키를 막고 있어서 로그인을 유지할 수 없어요. 이 사이트의 쿠키를 허용해 주세요.".to_owned()
        }
        Problem::ForeignOrigin => "다른 사이트에서 온 요청이라 아무것도 바꾸지 않았어요.".to_owned(),
        Problem::NotAllowed => "이 작업을 할 권한이 없어요.".to_owned(),
        Problem::NotFound => "없거나 볼 수 없는 곳이에요.".to_owned(),
        Problem::UsernameTaken => "이미 누군가 쓰고 있는 아이디예요. 다른 아이디를 골라 주세요.".to_owned(),
        Problem::UsernameLength => {
            format!("아이디는 {}~{}자로 지어 주세요.", text::USERNAME_CHARS.start(), text::USERNAME_CHARS.end())
        }
        Problem::UsernameCharacters => {
            "아이디에는 글자와 숫자, _ - . 만 쓸 수 있고, 끝은 글자나 숫자여야 해요.".to_owned()
        }
        Problem::NameAlike => "이미 있는 아이디와 너무 비슷해 보여요. 다른 아이디를 골라 주세요.".to_owned(),
        Problem::NameReserved => "서비스에서 쓰는 이름이라 쓸 수 없어요. 다른 이름을 골라 주세요.".to_owned(),
        Problem::MixedScripts => {
            "서로 다른 문자를 섞어 쓸 수 없어요. 한글, 한자, 가나는 로마자와 함께 쓸 수 있어요.".to_owned()
        }
        Problem::PasswordLength => {
            format!("비밀번호는 {}~{}자로 지어 주세요.", text::PASSWORD_CHARS.start(), text::PASSWORD_CHARS.end())
        }
        Problem::PasswordCommon => "남들이 가장 먼저 넣어 보는 비밀번호예요. 다른 비밀번호를 골라 주세요.".to_owned(),
        Problem::DisplayNameLength => format!("보이는 이름은 {}자까지 쓸 수 있어요.", text::DISPLAY_NAME_MAX),
        Problem::DisplayNameHandle => "단어 앞의 @는 아이디를 뜻해요. 여기서는 빼 주세요.".to_owned(),
        Problem::Empty => "내용을 입력해 주세요.".to_owned(),
        Problem::TooLong { max } => {
            format!("너무 길어요. {}자까지 쓸 수 있어요.", grouped(i64::try_from(*max).unwrap_or(i64::MAX)))
        }
        Problem::UnknownCategory => "분류를 하나 골라 주세요.".to_owned(),
        Problem::CategoryTaken => "이미 있는 분류예요.".to_owned(),
        Problem::CategoryInUse => "방이 들어 있는 분류나 마지막 분류는 지울 수 없어요.".to_owned(),
        Problem::TooManyTags => format!("태그는 {}개까지 붙일 수 있어요.", text::TAGS_MAX),
        Problem::TagLength => format!("태그 하나는 {}자까지예요.", text::TAG_MAX),
        Problem::UnknownChoice => "선택지 중에서 하나를 골라 주세요.".to_owned(),
        Problem::NonceMalformed => "양식에 문제가 생겼어요. 페이지를 새로 고치고 다시 해 주세요.".to_owned(),
        Problem::NonceReused => "이미 다른 내용으로 보냈어요. 페이지를 새로 고쳐 주세요.".to_owned(),
        Problem::RoomNonceReused => {
            "이 양식으로 이미 다른 방을 열었어요. 이 방도 열려면 한 번 더 보내 주세요.".to_owned()
        }
        Problem::ReplyTargetMissing => "답장할 메시지를 찾을 수 없어요.".to_owned(),
        Problem::TargetMissing => "이미 없는 메시지예요.".to_owned(),
        Problem::NoSuchPerson => "이 아이디를 쓰는 사람이 없어요.".to_owned(),
        Problem::Invited => "들어올지는 본인이 정해요. 대신 초대를 보냈어요.".to_owned(),
        Problem::NoSuchDay => "그런 날짜는 없어요.".to_owned(),
        Problem::NoEmoji => "이모지를 골라 주세요.".to_owned(),
        Problem::TooManyReactions => "여기에는 반응을 더 많은 종류로 남길 수 없어요.".to_owned(),
        Problem::LastMember => {
            "이 방의 유일한 멤버예요. 방을 보관하거나, 방을 돌볼 사람을 먼저 들여 주세요.".to_owned()
        }
        Problem::RoomLocked => "새 메시지를 받지 않는 방이에요.".to_owned(),
        Problem::Muted => "지금은 이 방에 글을 쓸 수 없어요.".to_owned(),
        Problem::TooLarge => "한 번에 보내기에는 너무 커요.".to_owned(),
        Problem::TooFast => "요청이 너무 잦아요. 잠시 뒤에 다시 해 주세요.".to_owned(),
        Problem::Busy => "지금 조금 붐벼요. 잠시 뒤에 다시 해 주세요.".to_owned(),
        Problem::Unavailable => "서버에 연결할 수 없어요. 잠시 뒤에 다시 해 주세요.".to_owned(),
        Problem::Internal => "저희 쪽에서 문제가 생겼어요. 다시 한번 해 주세요.".to_owned(),
    }
}
