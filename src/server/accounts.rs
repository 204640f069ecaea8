//! The use cases of accounts: register, sign in and out, change one's password, keep preferences.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::auth::Credentials;
use super::names;
use super::passwords::common;
use super::request::{Request, cookie, current};
use super::store::users::{NewUser, UserRow};
use super::{audit, ids, known_browser, revocations};
use crate::error::{AppError, Problem, Result};
use crate::i18n::Lang;
use crate::model::text;
use crate::model::user::{Author, Theme};

/// Makes an account, or says which field is wrong. Only administrators go by the names of the service itself.
pub async fn add_user(
    db: &super::store::Db,
    passwords: &super::passwords::Passwords,
    username: &str,
    password: &str,
    display_name: &str,
    admin: bool,
) -> Result<UserRow> {
    let on = |field: &'static str| move |problem: Problem| AppError::from(problem).on(field);
    let username = names::username(username).map_err(on("username"))?;
    let password = new_password(password, &username).map_err(on("password"))?;
    let display_name = names::display_name(display_name).map_err(on("display_name"))?;
    let display_name = if display_name.is_empty() { username.clone() } else { display_name };
    let mut alike = names::called_by(&username);
    alike.push(names::skeleton(&username));
    if !admin && (names::is_reserved(&username) || alike.iter().any(|skeleton| names::is_reserved(skeleton))) {
        return Err(on("username")(Problem::NameReserved));
    }
    if !admin && names::is_reserved(&display_name) {
        return Err(on("display_name")(Problem::NameReserved));
    }
    // Before the hash, which is dear; the unique indexes decide in the end.
    if db.user_named(&username).await?.is_some() {
        return Err(on("username")(Problem::UsernameTaken));
    }
    if db.has_username_like(&alike).await? {
        return Err(on("username")(Problem::NameAlike));
    }
    let id = ids::random();
    let password_hash = passwords.hash(password).await?;
    let new = NewUser {
        id,
        username: &username,
        display_name: &display_name,
        password_hash: &password_hash,
        admin,
        now: ids::now(),
    };
    if !db.add_user(new).await? {
        return Err(on("username")(Problem::UsernameTaken));
    }
    db.user(id.get()).await?.ok_or_else(|| Problem::Internal.into())
}

/// A password as it is kept for `username`, unless a stranger would guess it.
pub fn new_password(password: &str, username: &str) -> std::result::Result<String, Problem> {
    let password = text::password(password)?;
    common::refuse(&password, username)?;
    Ok(password)
}

pub async fn register(username: &str, password: &str, display_name: &str) -> Result<Author> {
    let request = current()?;
    request.app.limits.register(request.ip)?;
    let db = &request.app.chat.db;
    let passwords = request.app.passwords.asked_by(request.ip, username);
    let user = add_user(db, &passwords, username, password, display_name, false).await?;
    let author = user.author()?;
    audit::registered(author.id, request.ip);
    sign_in(request, &user).await?;
    Ok(author)
}

pub async fn login(username: &str, password: &str) -> Result<Author> {
    let request = current()?;
    let limits = &request.app.limits;
    let known = known_browser::current(&request, username);
    let attempt = limits
        .try_login(username, request.ip, known.as_deref())
        .inspect_err(|_| audit::sign_in_refused(None, request.ip, "too fast"))?;
    let credentials = Credentials { username: username.to_owned(), password: password.to_owned(), address: request.ip };
    match request.auth.authenticate(credentials).await {
        Ok(Some(user)) => {
            if let Some(attempt) = attempt {
                attempt.was_right();
            }
            limits.sign_in(username)?;
            let (author, from) = (user.author()?, request.ip);
            sign_in(request, &user).await?;
            audit::signed_in(author.id, from);
            Ok(author)
        }
        // The attempt stays counted.
        Ok(None) => {
            let account = match text::username(username) {
                Ok(name) => request.app.chat.db.user_named(&name).await?,
                Err(_) => None,
            };
            let account = account.and_then(|user| user.author().ok()).map(|author| author.id);
            audit::sign_in_refused(account, request.ip, "wrong password");
            Err(AppError::from(Problem::WrongCredentials).on("password"))
        }
        Err(failed) => {
            if let Some(attempt) = attempt {
                attempt.was_not_made();
            }
            Err(match failed {
                axum_login::Error::Backend(error) => error,
                axum_login::Error::Session(error) => session_failed(&error),
            })
        }
    }
}

/// Opens a session with a new id, whoever was signed in before. axum-login keeps the id if somebody else was signed in, so sign them out first (that
/// closes their sockets, too) and ask for a new id: tower-sessions would give the emptied session its old one.
async fn sign_in(mut request: Request, user: &UserRow) -> Result<()> {
    known_browser::remember(&request, &user.author()?.username);
    let signed_in = async {
        request.auth.logout().await?;
        request.auth.session.cycle_id().await?;
        request.auth.login(user).await
    };
    signed_in.await.map_err(|error| match error {
        axum_login::Error::Backend(error) => error,
        axum_login::Error::Session(error) => session_failed(&error),
    })
}

pub async fn logout() -> Result<()> {
    let mut request = current()?;
    match request.auth.logout().await {
        Ok(_) => {
            if let Some(me) = request.user_id() {
                audit::signed_out(me, request.ip);
            }
            clear_browser();
            Ok(())
        }
        Err(axum_login::Error::Backend(error)) => Err(error),
        Err(axum_login::Error::Session(error)) => Err(session_failed(&error)),
    }
}

/// Nobody who comes to this browser next finds pages, drafts or unsent messages. Cookies stay: the session's is removed,
/// and the others hold a visitor's language and theme.
fn clear_browser() {
    if let Some(response) = use_context::<ResponseOptions>() {
        let what = HeaderValue::from_static(r#""cache", "storage""#);
        response.insert_header(HeaderName::from_static("clear-site-data"), what);
    }
}

/// Gives the caller another password. All their sessions end; this browser gets a new one.
pub async fn change_password(old: &str, new: &str) -> Result<()> {
    let request = current()?;
    let (me, from) = (request.author()?.clone(), request.ip);
    let user = request.auth.user.as_ref().ok_or(Problem::SignInFirst)?;
    let new = new_password(new, &me.username).map_err(|problem| AppError::from(problem).on("new"))?;
    let (app, limits) = (request.app.clone(), &request.app.limits);
    let known = known_browser::current(&request, &me.username);
    let attempt = limits.try_login(&me.username, from, known.as_deref())?;
    let passwords = app.passwords.asked_by(from, &me.username);
    let wrong = || AppError::from(Problem::WrongPassword).on("old");
    let is_right = match text::password(old) {
        Ok(old) => passwords.verify(old, Some(user.password.clone())).await?,
        Err(_) => false,
    };
    if !is_right {
        // The attempt stays counted.
        audit::sign_in_refused(Some(me.id), from, "wrong password");
        return Err(wrong());
    }
    if let Some(attempt) = attempt {
        attempt.was_right();
    }
    let hash = passwords.hash(new).await?;
    let ended = app.chat.db.set_password(user.raw_id(), &user.password, &hash).await?.ok_or_else(wrong)?;
    revocations::ended(&app, &ended);
    audit::password_changed(me.id, from, ended.len());
    let user = app.chat.db.user(me.id.get()).await?.ok_or(Problem::Internal)?;
    sign_in(request, &user).await
}

fn session_failed(error: &dyn std::error::Error) -> AppError {
    tracing::error!(%error, "session");
    AppError::from(Problem::Unavailable).retry_after(1_000)
}

/// An absent value leaves a preference as it is; an empty one goes back to what the browser asks for.
pub async fn preferences(lang: Option<&str>, theme: Option<&str>, enter_sends: Option<bool>) -> Result<()> {
    let request = current()?;
    // All are read before any is kept: a refused form changes nothing.
    if enter_sends.is_some() && request.user_id().is_none() {
        return Err(Problem::SignInFirst.into());
    }
    let lang = lang.map(|lang| chosen(lang, Lang::parse, "lang")).transpose()?;
    let theme = theme.map(|theme| chosen(theme, Theme::parse, "theme")).transpose()?;
    if let Some(lang) = lang {
        match request.user_id() {
            Some(me) => request.app.chat.db.set_lang(me, lang).await?,
            None => keep_in_cookie(&request, "lang", lang.map(Lang::as_str)),
        }
    }
    if let Some(theme) = theme {
        match request.user_id() {
            Some(me) => request.app.chat.db.set_theme(me, theme).await?,
            None => keep_in_cookie(&request, "theme", theme.map(Theme::as_str)),
        }
    }
    if let (Some(sends), Some(me)) = (enter_sends, request.user_id()) {
        request.app.chat.db.set_enter_sends(me, sends).await?;
    }
    Ok(())
}

/// What a form's choice stands for; nothing for the empty one.
fn chosen<T>(value: &str, parse: fn(&str) -> Option<T>, field: &str) -> Result<Option<T>> {
    match value {
        "" => Ok(None),
        value => parse(value).map(Some).ok_or_else(|| AppError::from(Problem::UnknownChoice).on(field)),
    }
}

/// For visitors. Not HttpOnly-worthy, but no script needs it either.
fn keep_in_cookie(request: &Request, name: &str, value: Option<&str>) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let secure = if request.https { "; Secure" } else { "" };
    let age = if value.is_some() { 365 * 24 * 60 * 60 } else { 0 };
    let cookie = format!("{name}={}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}", value.unwrap_or_default());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
}

/// The cookie, and the field of the forms, by which a browser that keeps no cookies is known before it has signed in.
const PROBE: &str = "cookies";

/// A page with such a form sets the cookie.
pub fn probe_cookies(request: &Request, headers: &HeaderMap, response: &ResponseOptions) {
    if cookie(headers, PROBE).is_none() {
        let secure = if request.https { "; Secure" } else { "" };
        let probe = format!("{PROBE}=on; Path=/; HttpOnly; SameSite=Lax{secure}");
        if let Ok(probe) = HeaderValue::from_str(&probe) {
            response.append_header(header::SET_COOKIE, probe);
        }
    }
}

/// Refuses a form that comes back from a page without the cookie that the page has set: whoever signs in that way is
/// signed out again on the next page. A program sends no such form.
///
/// # Errors
///
/// [`Problem::CookiesNeeded`].
pub fn needs_cookies(headers: &HeaderMap, field: Option<&str>) -> Result<()> {
    if field.is_some() && cookie(headers, PROBE).is_none() {
        return Err(Problem::CookiesNeeded.into());
    }
    Ok(())
}
