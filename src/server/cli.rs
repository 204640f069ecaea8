//! The command line: serve by default, and the few things an operator does by hand.

mod demo;
mod upkeep;

use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::app::App;
use super::config::{Config, ConfigError};
use super::passwords::Passwords;
use super::store::users::UserRow;
use super::store::{self, Db};
use super::{accounts, audit, serve, telemetry};
use crate::error::AppError;
use crate::i18n::Lang;

/// Live chat by interest: rooms are posts.
#[derive(Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (the default).
    Serve,
    /// Manage accounts; passwords are read from standard input. A server may run.
    #[command(subcommand)]
    User(UserCommand),
    /// Bring the database's schema up to date. Serving does it too; no server may run on an SQLite file meanwhile.
    Migrate,
    /// Write everything but the sessions into a file that either database can be restored from. A server may run.
    Backup {
        /// Must not exist yet; `-` is standard output.
        file: PathBuf,
    },
    /// Make the database what it was when a backup was made. No server may run; everybody has to sign in again.
    Restore {
        file: PathBuf,
        /// Drop what is in the database.
        #[arg(long)]
        replace: bool,
    },
    /// After a database was put back by other means than `restore`: make open pages load their rooms anew, and drop what
    /// is still on the bus. No server may run.
    NewEpoch,
    /// Fill an empty database with a demo: people, posts and conversations in both languages.
    Demo,
    /// Validate the configuration and the connections, read all of an SQLite file, then exit. A server may run.
    Check,
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add an account.
    Add {
        name: String,
        /// May administer the whole server.
        #[arg(long)]
        admin: bool,
    },
    /// Make an account an administrator.
    Promote { name: String },
    /// Set a new password; every session of the account ends.
    ResetPassword { name: String },
}

/// Why a command failed, as one line for whoever typed it.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}")]
    Failed(String),
}

impl From<AppError> for CliError {
    fn from(error: AppError) -> Self {
        Self::Failed(error.in_language(Lang::En).message)
    }
}

type Result<T> = std::result::Result<T, CliError>;

/// Runs what the command line asks for. `router` makes the service once the app is there.
pub async fn run(cli: Cli, router: fn(App) -> axum::Router) -> Result<()> {
    let command = cli.command.unwrap_or(Command::Serve);
    telemetry::start(match command {
        Command::Serve => "info",
        // A backup is a slow statement, and meant to be.
        _ => store::LOG_OF_UPKEEP,
    })?;
    let done = obey(command, router).await;
    telemetry::end();
    done
}

async fn obey(command: Command, router: fn(App) -> axum::Router) -> Result<()> {
    let config = Config::load()?;
    match command {
        Command::Serve => serve(config, router).await,
        Command::Migrate => upkeep::own(&config).await.map(drop),
        Command::Backup { file } => upkeep::back_up(&config, &file).await,
        Command::Restore { file, replace } => upkeep::restore(&config, &file, replace).await,
        Command::NewEpoch => upkeep::new_epoch(&config).await,
        Command::Demo => demo::fill(&upkeep::own(&config).await?.0).await,
        Command::Check => upkeep::check(config).await,
        Command::User(command) => user(&upkeep::beside_a_server(&config).await?, command).await,
    }
}

async fn serve(config: Config, router: fn(App) -> axum::Router) -> Result<()> {
    let leptos =
        leptos::config::get_configuration(std::path::Path::new("Leptos.toml").exists().then_some("Leptos.toml"))
            .map_err(|error| CliError::Failed(format!("Leptos.toml: {error}")))?
            .leptos_options;
    let address = config.site_addr;
    let listener = serve::listen(address).map_err(|error| {
        ConfigError::new("LEPTOS_SITE_ADDR", format!("{address} cannot be listened on ({error}); choose another"))
    })?;
    let bound = listener.local_addr().map_err(|error| CliError::Failed(error.to_string()))?;
    let (db, _lock) = upkeep::own(&config).await?;
    upkeep::notice_another_past(&db).await?;
    let metrics = config.metrics_addr;
    let app = super::workers::start(config, leptos, db, bound).await?;
    if let Some(address) = metrics {
        super::metrics::serve(address, app.clone()).await?;
    }
    tokio::spawn(wait_for_signals(app.clone()));
    tracing::info!("serving {}", app.origins.first().map_or("", String::as_str));
    println!("Chat Chat is at http://{bound}");
    serve::run(listener, router(app.clone()), app).await;
    Ok(())
}

async fn wait_for_signals(app: App) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
        return;
    };
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = tokio::signal::ctrl_c() => break,
            // Whoever rotates logs sends it, and so does a terminal that closes.
            _ = hang_up.recv() => if std::io::stderr().is_terminal() {
                break;
            },
        }
    }
    tracing::info!("ending");
    app.shutdown.cancel();
}

fn password_from_stdin() -> Result<String> {
    let mut password = String::new();
    std::io::stdin()
        .take(4_096)
        .read_to_string(&mut password)
        .map_err(|error| CliError::Failed(format!("the password could not be read from standard input: {error}")))?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

async fn user(db: &Db, command: UserCommand) -> Result<()> {
    let failed = |error: AppError| CliError::from(error);
    match command {
        UserCommand::Add { name, admin } => {
            let password = password_from_stdin()?;
            let user = accounts::add_user(db, &Passwords::new(), &name, &password, "", admin).await.map_err(failed)?;
            println!("added {}", user.author().map_err(AppError::from)?.username);
        }
        UserCommand::Promote { name } => {
            db.make_admin(find(db, &name).await?.raw_id()).await.map_err(AppError::from)?;
            println!("{name} is an administrator now");
        }
        UserCommand::ResetPassword { name } => {
            let user = find(db, &name).await?;
            let on = |problem: crate::error::Problem| CliError::from(AppError::from(problem));
            let password = accounts::new_password(&password_from_stdin()?, &name).map_err(on)?;
            let hash = Passwords::new().hash(password).await?;
            // A server that runs sees in the database that the sessions have ended.
            let ended = db.set_password(user.raw_id(), &user.password, &hash).await.map_err(AppError::from)?;
            let meanwhile = || CliError::Failed(format!("the password of {name} was changed meanwhile; try again"));
            audit::password_reset(user.raw_id(), ended.ok_or_else(meanwhile)?.len());
            println!("{name} has a new password");
        }
    }
    Ok(())
}

async fn find(db: &Db, name: &str) -> Result<UserRow> {
    match db.user_named(name).await.map_err(AppError::from)? {
        Some(user) => Ok(user),
        None => Err(CliError::Failed(format!("there is no account named {name}"))),
    }
}
