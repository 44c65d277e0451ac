//! tokio-postgres against a running server: tokio_postgres_test "DSN" EXPECTED.json; prints TAP lines.

use std::{env, fs, process, time::Duration};

use chrono::{NaiveDate, NaiveDateTime};
use futures_util::{future, pin_mut, SinkExt, StreamExt, TryStreamExt};
use serde_json::Value;
use tokio_postgres::{binary_copy::BinaryCopyInWriter, types::Type, Client, NoTls};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn check(condition: bool, what: impl Into<String>) -> Outcome {
    if condition {
        Ok(())
    } else {
        Err(what.into().into())
    }
}

async fn connect(dsn: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(dsn, NoTls).await?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(client)
}

async fn every_row_in_binary(dsn: &str, want: &Value) -> Outcome {
    let client = connect(dsn).await?;
    let none: [i32; 0] = [];
    let rows = client.query_raw("SELECT id, value, label, day, moment FROM readings", none).await?;
    pin_mut!(rows);
    let (mut count, mut ids, mut values, mut labels) = (0i64, 0i64, 0f64, 0i64);
    while let Some(row) = rows.next().await {
        let row = row?;
        let id: i64 = row.get(0);
        let day: NaiveDate = row.get(3);
        let _moment: NaiveDateTime = row.get(4);
        count += 1;
        ids += id;
        values += row.get::<_, Option<f64>>(1).unwrap_or(0.0);
        let label = row.get::<_, Option<&str>>(2);
        labels += i64::from(label.is_some());
        if id == 12345 {
            check(label == want["row_12345"]["label"].as_str(), "label of row 12345")?;
            check(Some(day.to_string().as_str()) == want["row_12345"]["day"].as_str(), "day of row 12345")?;
        }
    }
    check(Some(count) == want["count"].as_i64(), format!("count {count}"))?;
    check(Some(ids) == want["sum_id"].as_i64(), format!("ids {ids}"))?;
    check(Some(values) == want["sum_value"].as_f64(), format!("values {values}"))?;
    check(Some(labels) == want["labels"].as_i64(), format!("labels {labels}"))
}

async fn prepared_and_typed(dsn: &str) -> Outcome {
    let client = connect(dsn).await?;
    let statement = client.prepare("SELECT $1::BIGINT + 1, $2::VARCHAR, $3::BOOLEAN").await?;
    check(statement.params() == [Type::INT8, Type::TEXT, Type::BOOL], format!("{:?}", statement.params()))?;
    for i in 0..50i64 {
        let row = client.query_one(&statement, &[&i, &"ü", &(i % 2 == 0)]).await?;
        check(row.get::<_, i64>(0) == i + 1 && row.get::<_, &str>(1) == "ü", "values")?;
        check(row.get::<_, bool>(2) == (i % 2 == 0), "boolean")?;
    }
    let typed = client.prepare_typed("SELECT id FROM readings WHERE id = $1", &[Type::INT4]).await?;
    check(client.query(&typed, &[&7i32]).await?.len() == 1, "typed parameter")
}

async fn pipelined(dsn: &str) -> Outcome {
    let client = connect(dsn).await?;
    let statement = client.prepare("SELECT $1::INTEGER * 3").await?;
    let queries = (0..100i32).map(|i| {
        let (client, statement) = (&client, &statement);
        async move { client.query_one(statement, &[&i]).await.map(|row| row.get::<_, i32>(0) == i * 3) }
    });
    let answers = future::try_join_all(queries).await?;
    check(answers.into_iter().all(|right| right), "an answer went to the wrong query")
}

async fn portal_in_a_transaction(dsn: &str, want: &Value) -> Outcome {
    let mut client = connect(dsn).await?;
    let transaction = client.transaction().await?;
    let portal = transaction.bind("SELECT id FROM readings", &[]).await?;
    let (mut count, mut ids) = (0i64, 0i64);
    loop {
        let rows = transaction.query_portal(&portal, 1000).await?;
        if rows.is_empty() {
            break;
        }
        count += rows.len() as i64;
        ids += rows.iter().map(|row| row.get::<_, i64>(0)).sum::<i64>();
        // Another statement between two fetches must not disturb the portal.
        let one = transaction.query_one("SELECT 1", &[]).await?;
        check(one.get::<_, i32>(0) == 1, "statement between fetches")?;
    }
    transaction.commit().await?;
    check(Some(count) == want["count"].as_i64() && Some(ids) == want["sum_id"].as_i64(), format!("{count} {ids}"))
}

async fn copy_both_ways(dsn: &str) -> Outcome {
    let client = connect(dsn).await?;
    client.batch_execute("CREATE TEMP TABLE copied (a INTEGER, b VARCHAR)").await?;
    let sink = client.copy_in("COPY copied FROM STDIN (FORMAT binary)").await?;
    let writer = BinaryCopyInWriter::new(sink, &[Type::INT4, Type::TEXT]);
    pin_mut!(writer);
    for i in 0..1000i32 {
        writer.as_mut().write(&[&i, &format!("row {i}")]).await?;
    }
    check(writer.finish().await? == 1000, "rows copied in")?;
    let text = client.copy_in("COPY copied FROM STDIN").await?;
    pin_mut!(text);
    text.send(bytes_of("1000\tlast\n")).await?;
    check(text.finish().await? == 1, "rows copied in as text")?;
    let out = client.copy_out("COPY (SELECT * FROM copied ORDER BY a) TO STDOUT (FORMAT csv)").await?;
    let chunks: Vec<_> = out.try_collect().await?;
    let csv = String::from_utf8(chunks.concat())?;
    check(csv.lines().count() == 1001 && csv.ends_with("1000,last\n"), "csv out")
}

fn bytes_of(text: &'static str) -> bytes::Bytes {
    bytes::Bytes::from_static(text.as_bytes())
}

async fn errors(dsn: &str) -> Outcome {
    let client = connect(dsn).await?;
    let failure = client.query("SELECT missing FROM readings", &[]).await.err().ok_or("no error")?;
    let code = failure.code().map(|state| state.code().to_owned());
    check(code.as_deref() == Some("42703"), format!("{code:?}"))?;
    client.query_one("SELECT 1", &[]).await?;
    let token = client.cancel_token();
    let long = client.batch_execute("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 3");
    let cancelled = async {
        tokio::time::sleep(Duration::from_millis(200)).await; // the statement must be under way before it is cancelled
        token.cancel_query(NoTls).await
    };
    let (result, sent) = future::join(long, cancelled).await;
    sent?;
    let code = result.err().and_then(|error| error.code().map(|state| state.code().to_owned()));
    check(code.as_deref() == Some("57014"), format!("{code:?}"))?;
    client.query_one("SELECT 1", &[]).await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = env::args().collect();
    let dsn = &arguments[1];
    let want: Value = serde_json::from_str(&fs::read_to_string(&arguments[2]).expect("expectations")).expect("JSON");
    let mut failed = false;
    let mut report = |name: &str, outcome: Outcome| match outcome {
        Ok(()) => println!("ok {name}"),
        Err(error) => {
            println!("not ok {name}: {error:?}");
            failed = true;
        }
    };
    report("every row in binary", every_row_in_binary(dsn, &want).await);
    report("prepared and typed", prepared_and_typed(dsn).await);
    report("pipelined", pipelined(dsn).await);
    report("portal in a transaction", portal_in_a_transaction(dsn, &want).await);
    report("COPY both ways", copy_both_ways(dsn).await);
    report("errors and cancel", errors(dsn).await);
    process::exit(i32::from(failed));
}
