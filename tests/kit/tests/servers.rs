//! The kit itself, against the servers that it starts.

use std::future::ready;

use async_nats::jetstream::{self, stream};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use futures::future::join_all;
use nabij_testkit::{PATIENCE, connect, eventually, fresh_database, fresh_names, private_stack, stack};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::NoTls;

async fn create(context: &jetstream::Context, name: &str, subject: &str) {
    let config =
        stream::Config { name: name.to_owned(), subjects: vec![subject.to_owned()], ..Default::default() };
    context.create_stream(config).await.expect("the application may create streams");
}

#[tokio::test]
async fn a_fresh_database_is_empty_and_goes_away() {
    let database = fresh_database().await;
    let url = database.url().to_owned();
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("the database is there");
    let driver = tokio::spawn(connection);
    let tables =
        client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'", &[]).await.expect("a query");
    assert!(tables.is_empty());
    drop(database);
    assert!(
        tokio_postgres::connect(&url, NoTls).await.is_err(),
        "the database is gone, though a client was connected"
    );
    drop(driver.await);
}

#[tokio::test]
async fn a_test_may_remove_its_own_streams() {
    let names = fresh_names();
    let context = jetstream::new(connect(&stack().nats_url).await);
    create(&context, &names.stream, &format!("{}.>", names.prefix)).await;
    create(&context, &names.vault, &format!("v{}.>", names.prefix)).await;
    names.cleanup().await;
    assert!(context.get_stream(&names.stream).await.is_err());
    assert!(context.get_stream(&names.vault).await.is_err());
}

#[tokio::test]
async fn all_streams_of_a_test_go_however_many_there_are() {
    let names = fresh_names();
    let context = jetstream::new(connect(&stack().nats_url).await);
    let number = |number: u32| (format!("{}_{number}", names.stream), format!("{}.{number}", names.prefix));
    // More than the server lists at once.
    let all: Vec<_> = (0..1_100).map(number).collect();
    join_all(all.iter().map(|(name, subject)| create(&context, name, subject))).await;
    names.cleanup().await;
    for (name, _) in &all {
        assert!(context.get_stream(name).await.is_err(), "{name} is left");
    }
}

/// A connection, and what its server says is not allowed.
async fn connect_hearing(url: &str) -> (Client, UnboundedReceiver<String>) {
    let (tell, heard) = unbounded_channel();
    let server: ServerAddr = url.parse().expect("a NATS URL");
    let login = server.username().zip(server.password()).expect("user and password");
    let options = ConnectOptions::with_user_and_password(login.0.to_owned(), login.1.to_owned());
    let options = options.event_callback(move |event| {
        if let Event::ServerError(error) = event {
            // The test may be over.
            drop(tell.send(error.to_string().to_lowercase()));
        }
        ready(())
    });
    (options.connect(server).await.expect("NATS is there"), heard)
}

/// A request that the user may not make is not answered; the connection hears why.
async fn refused<T>(asked: impl Future<Output = T>, refusals: &mut UnboundedReceiver<String>, subject: &str) {
    let said = tokio::select! {
        _ = asked => panic!("{subject} was answered"),
        said = refusals.recv() => said.expect("the connection lives"),
    };
    assert!(said.contains("permissions violation") && said.contains(&subject.to_lowercase()), "{said}");
}

#[tokio::test]
async fn the_application_may_not_delete_or_purge_the_log_or_the_vault() {
    let private = private_stack(1).await;
    let (client, mut refusals) = connect_hearing(&private.stack().nats_url).await;
    let mut context = jetstream::new(client);
    context.set_timeout(PATIENCE);
    for name in ["NABIJ", "VAULT"] {
        create(&context, name, &format!("{name}.x")).await;
        let sent = context.publish(format!("{name}.x"), "one".into()).await.expect("published");
        let sequence = sent.await.expect("acknowledged").sequence;
        let log = context.get_stream(name).await.expect("there");
        refused(context.delete_stream(name), &mut refusals, &format!("stream.delete.{name}")).await;
        refused(log.purge().into_future(), &mut refusals, &format!("stream.purge.{name}")).await;
        if name == "VAULT" {
            log.delete_message(sequence).await.expect("one message of the vault may go");
        } else {
            let message = log.delete_message(sequence);
            refused(message, &mut refusals, &format!("stream.msg.delete.{name}")).await;
        }
        let kept = context.get_stream(name).await.expect("still there").cached_info().state.messages;
        assert_eq!(kept, u64::from(name == "NABIJ"));
    }
}

#[tokio::test]
async fn killed_servers_come_back_on_their_addresses_with_their_data() {
    let private = private_stack(1).await;
    let names = fresh_names();
    let context = jetstream::new(connect(&private.stack().nats_url).await);
    create(&context, &names.stream, &names.prefix).await;
    assert!(private.stream_dir(1, &names.stream).is_dir());
    private.kill_nats(1).await;
    private.kill_postgres().await;
    assert!(tokio_postgres::connect(&private.stack().database_url, NoTls).await.is_err());
    private.start_nats(1).await;
    private.start_postgres().await;
    let again = jetstream::new(connect(&private.stack().nats_url).await);
    again.get_stream(&names.stream).await.expect("the stream outlived the server");
    assert!(
        tokio_postgres::connect(&private.stack().database_url, NoTls).await.is_ok(),
        "PostgreSQL is back"
    );
}

#[tokio::test]
async fn a_cluster_goes_on_without_one_of_its_servers() {
    let private = private_stack(3).await;
    assert_eq!(private.stack().replicas, 3);
    let names = fresh_names();
    let context = jetstream::new(connect(&private.stack().nats_url).await);
    let config = stream::Config {
        name: names.stream.clone(),
        subjects: vec![names.prefix.clone()],
        num_replicas: 3,
        ..Default::default()
    };
    context.create_stream(config).await.expect("three copies");
    private.kill_nats(2).await;
    let again = jetstream::new(connect(&private.stack().nats_url).await);
    // The stream may have to choose a leader first.
    let sent = eventually(|| async {
        let sent = again.publish(names.prefix.clone(), "one".into()).await.ok()?;
        sent.await.ok()
    });
    sent.await.expect("two servers of three are a majority");
    private.start_nats(2).await;
}
