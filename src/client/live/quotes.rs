//! What replies answer, where the page does not have it.

use leptos::task::spawn_local;

use super::Live;
use crate::api::messages::quote;
use crate::model::ids::RoomId;

impl Live {
    pub(super) fn look_up_quotes(self, room: RoomId) {
        let missing = self.with(|state| {
            state.rooms.get_mut(&room).map(|joined| joined.timeline.missing_quotes()).unwrap_or_default()
        });
        for seq in missing {
            spawn_local(async move {
                // One that cannot be had is not asked for again: the reply stands without it.
                let Ok(found) = quote(room, seq).await else { return };
                self.with(|state| {
                    if let Some(joined) = state.rooms.get_mut(&room) {
                        joined.timeline.know(found);
                    }
                    state.publish(room);
                });
            });
        }
    }
}
