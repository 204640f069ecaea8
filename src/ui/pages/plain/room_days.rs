//! The days of a room: a calendar of each year, in which every day on which something was said leads to its page.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::api::rooms::{days, room};
use crate::error::Problem;
use crate::model::civil;
use crate::model::ids::RoomId;
use crate::model::room::{Calendar, Room, room_id_of};
use crate::ui::page;
use crate::ui::sheet::sheet;
use crate::ui::title::PageTitle;

/// Shades of a day, classes `h1` to `h4` in `style/days.css`.
const SHADES: i64 = 4;
const WEEK: usize = 7;

#[component]
pub fn RoomDaysPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let asked = move || {
        let year = query.read().get("year");
        (params.read().get("id").and_then(|id| room_id_of(&id)), year)
    };
    let load = |(id, year): (Option<RoomId>, Option<String>)| async move {
        let id = id.ok_or(Problem::NotFound)?;
        let year = year.map(|year| year.parse::<i64>().map_err(|_| Problem::NoSuchDay)).transpose()?;
        let (room, _) = room(id).await?;
        Ok((room, days(id, year).await?))
    };
    sheet(asked, load, |(room, calendar)| view! { <Year room calendar/> }.into_any())
}

#[component]
fn Year(room: Room, calendar: Calendar) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let Calendar { year, years: (first, last), days } = calendar;
    let here = format!("/rooms/{}/days", room.id);
    let other = move |year: i64, rel: &'static str| {
        let href = format!("{here}?year={year}");
        (first..=last).contains(&year).then(|| view! { <a class="btn" rel=rel href=href>{year}</a> })
    };
    let most = days.iter().map(|(_, count)| *count).max().unwrap_or(1);
    let of_month = |month: i64| {
        let days = days.iter().filter_map(|(date, count)| {
            let (_, in_month, day) = civil::year_month_day(civil::parse_date(date)?);
            (in_month == month).then(|| (day, date.clone(), 1 + (SHADES - 1) * count / most))
        });
        let days: Vec<_> = days.collect();
        (!days.is_empty()).then(|| month_table(room.id.get(), year, month, &days))
    };
    let nothing = days.is_empty().then(|| view! { <p class="silence">{plain.days_none}</p> });
    view! {
        <PageTitle text=format!("{} · {}", texts.days, room.title)/>
        <h1>{room.title.clone()}</h1>
        <p class="intro">
            <a class="link" href=room.path()>{texts.back_to_room}</a>
            " "
            {plain.days_utc}
        </p>
        <nav class="years" aria-label=texts.days>
            {other(year - 1, "prev")}
            <h2>{year}</h2>
            {other(year + 1, "next")}
        </nav>
        {nothing}
        <div class="months">{(1..=12).map(of_month).collect_view()}</div>
    }
    .into_any()
}

/// `days` are those to link to: day of the month, date and shade.
fn month_table(room: i64, year: i64, month: i64, days: &[(i64, String, i64)]) -> AnyView {
    let plain = page::plain_texts();
    let first = civil::day_of(year, month, 1);
    let length = if month == 12 { 31 } else { civil::day_of(year, month + 1, 1) - first };
    // 1970-01-01 was a Thursday, the fourth day after a Sunday.
    let blanks = (first + 4 - plain.week_begins).rem_euclid(WEEK as i64);
    let cell = |day: i64| {
        let known = days.iter().find(|(of_month, ..)| *of_month == day);
        match known {
            Some((_, date, shade)) => {
                let (class, href) = (format!("h{shade}"), format!("/rooms/{room}/days/{date}"));
                view! { <td><a class=class href=href>{day}</a></td> }.into_any()
            }
            None if day < 1 || day > length => view! { <td></td> }.into_any(),
            None => view! { <td>{day}</td> }.into_any(),
        }
    };
    let weeks = (1 - blanks..=length).step_by(WEEK);
    let rows = weeks.map(|from| view! { <tr>{(from..from + WEEK as i64).map(cell).collect_view()}</tr> });
    let weekdays = (0..WEEK).map(|at| plain.weekdays[(at + plain.week_begins as usize) % WEEK]);
    let id = format!("month-{month}");
    view! {
        <section>
            <h3 id=id.clone()>{(plain.month_name)(month)}</h3>
            <table aria-labelledby=id>
                <thead>
                    <tr>{weekdays.map(|name| view! { <th scope="col">{name}</th> }).collect_view()}</tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}
