//! The kit itself, against the servers that it starts.

use std::time::Duration;

use async_nats::jetstream::{self, stream};
use nabij_testkit::{connect, fresh_database, fresh_names, private_stack, stack};
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
async fn the_application_may_not_delete_or_purge_the_log_or_the_vault() {
    let private = private_stack(1).await;
    let mut context = jetstream::new(connect(&private.stack().nats_url).await);
    context.set_timeout(Duration::from_millis(500));
    for name in ["NABIJ", "VAULT"] {
        create(&context, name, &format!("{name}.x")).await;
        let sent = context.publish(format!("{name}.x"), "one".into()).await.expect("published");
        let sequence = sent.await.expect("acknowledged").sequence;
        let log = context.get_stream(name).await.expect("there");
        assert!(context.delete_stream(name).await.is_err(), "{name} was deleted");
        assert!(log.purge().await.is_err(), "{name} was purged");
        assert_eq!(log.delete_message(sequence).await.is_ok(), name == "VAULT", "one message of {name}");
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
    let mut acknowledged = false;
    for _ in 0..50 {
        // The stream may have to choose a leader first.
        if let Ok(sent) = again.publish(names.prefix.clone(), "one".into()).await
            && sent.await.is_ok()
        {
            acknowledged = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(acknowledged, "two servers of three are a majority");
    private.start_nats(2).await;
}
