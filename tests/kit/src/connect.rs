//! A NATS connection from a URL that carries user and password.

use async_nats::{Client, ConnectOptions, ServerAddr};

/// Connects to one of the comma-separated servers. async-nats 0.51 neither splits at commas nor reads the user and
/// password of a URL, so both are done here.
///
/// # Panics
/// When no server can be reached or the password is refused.
pub async fn connect(url: &str) -> Client {
    let servers: Vec<ServerAddr> = url.split(',').map(|one| one.parse().expect("a NATS URL")).collect();
    let user = servers.first().and_then(|server| Some((server.username()?, server.password()?)));
    let options = match user {
        Some((user, password)) => {
            ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
        }
        None => ConnectOptions::new(),
    };
    options.connect(servers).await.unwrap_or_else(|error| panic!("NATS is away: {error}"))
}
