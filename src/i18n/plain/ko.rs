//! 한국어.

use super::PlainTexts;
use crate::i18n::texts::grouped;
use crate::model::room::Role;

pub static TEXTS: PlainTexts = PlainTexts {
    preview: "미리 보기",
    preview_empty: "아직 본문이 없어요.",
    similar: "비슷한 방이 이미 있을지도 몰라요 (새 탭에서 열려요):",
    suggested_tags: "자주 쓰는 태그:",
    draft_back: "지난번에 쓰던 글을 되살렸어요.",
    draft_discard: "새로 쓰기",
    not_reached: "서버에 닿지 않아요. 쓴 글은 그대로 있으니 잠시 뒤에 다시 해 주세요.",

    member_find: "멤버 찾기",
    member_find_none: "그런 이름의 멤버가 없어요.",
    members_all: "모두 보기",
    members_more: "멤버 더 보기",
    make_role: |role| match role {
        Role::Owner => "방장으로",
        Role::Moderator => "운영진으로",
        Role::Member => "멤버로 되돌리기",
    },
    hand_over: "방 넘기기",
    hand_over_hint: |name| {
        format!("{name} 님이 방장이 되고, 나는 운영진으로 남아요. 되돌리는 것은 {name} 님만 할 수 있어요.")
    },
    hand_over_submit: "이 방을 넘길게요",

    admin: "관리",
    admin_intro: "로비에 보이는 순서대로 분류가 나와요. 고치면 모두에게 바로 보여요.",
    category_name_en: "영어 이름",
    category_name_ko: "한국어 이름",
    category_rooms: |count| format!("방 {}개", grouped(count)),
    category_rename: "이름 바꾸기",
    category_up: "위로",
    category_down: "아래로",
    category_remove: "지우기",
    category_add: "분류 추가",
    category_add_submit: "추가",
    category_names_hint: "한국어 이름이 없으면 영어 이름이 보여요.",
};
