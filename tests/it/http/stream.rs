//! Server-sent events as they come off the wire.

use std::time::Duration;

/// One open stream.
pub(crate) struct Stream {
    answer: reqwest::Response,
    heard: String,
}

/// One event: its kind, its id and its data.
pub(crate) type Heard = (String, Option<String>, String);

impl Stream {
    /// Asks for a stream, and gives back the answer if it is none.
    pub(crate) async fn open(base: &str, target: &str, headers: &[(&str, &str)]) -> Result<Self, reqwest::Response> {
        let client = reqwest::Client::new();
        let ask =
            headers.iter().fold(client.get(format!("{base}{target}")), |ask, (name, value)| ask.header(*name, *value));
        let answer = in_time(ask.send()).await.unwrap();
        let is_stream = answer.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream");
        if answer.status() == 200 && is_stream { Ok(Self { answer, heard: String::new() }) } else { Err(answer) }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.answer.headers().get(name)?.to_str().ok()
    }

    /// The next event; `None` at the end of the stream. Comments are passed over.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some((event, rest)) = self.heard.split_once("\n\n") {
                let event = read(event);
                self.heard = rest.to_owned();
                if let Some(event) = event {
                    return Some(event);
                }
                continue;
            }
            let chunk = in_time(self.answer.chunk()).await.ok()??;
            self.heard += std::str::from_utf8(&chunk).unwrap();
        }
    }

    /// The version that the next event says is published.
    pub(crate) async fn published(&mut self) -> u64 {
        let (kind, id, data) = self.next().await.expect("the stream goes on");
        let data: serde_json::Value = serde_json::from_str(&data).unwrap();
        let version = data["version"].as_u64().unwrap();
        assert_eq!((kind.as_str(), id), ("published", Some(version.to_string())));
        assert_eq!(data, serde_json::json!({ "version": version }), "and nothing else");
        version
    }

    /// The kinds of all that is still heard, to the end.
    pub(crate) async fn rest(&mut self) -> Vec<String> {
        let mut kinds = Vec::new();
        while let Some((kind, ..)) = self.next().await {
            kinds.push(kind);
        }
        kinds
    }
}

fn read(event: &str) -> Option<Heard> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(|v| v.trim_start().to_owned());
    Some((field("event:")?, field("id:"), field("data:")?))
}

async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it happens in time")
}
