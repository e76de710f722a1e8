//! Urgent views read over HTTP/1.1, on connections that stay open.

use super::trouble;
use crate::{figures::Figures, server::Server, world::BenchError};
use coplan_core::nhs_number::NhsNumber;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// One request for each person, ready to be sent.
pub(super) struct Requests {
    address: String,
    texts: Arc<Vec<String>>,
}

impl Requests {
    /// Of somebody who signs in now.
    pub(super) async fn by(server: &Server, crew: &str, numbers: &[NhsNumber]) -> Result<Self, BenchError> {
        let address = server.base_url.trim_start_matches("http://").to_owned();
        let cookie = sign_in(&address, crew).await?;
        let text = |number: &NhsNumber| {
            let head = format!("GET /api/urgent HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n");
            format!("{head}x-nhs-number: {}\r\n\r\n", number.as_str())
        };
        let texts = Arc::new(numbers.iter().map(text).collect());
        Ok(Self { address, texts })
    }

    /// Reads by so many connections, and what it cost the server.
    pub(super) async fn read(&self, server: &Server, at_once: usize, length: Duration) -> Result<Figures, BenchError> {
        let (cpu, begun) = (server.cpu(), Instant::now());
        let mut readers = JoinSet::new();
        for first in 0..at_once {
            let (texts, stream) = (Arc::clone(&self.texts), TcpStream::connect(&self.address).await);
            let mut stream = stream.map_err(|error| trouble(&error))?;
            readers.spawn(async move {
                let mut took = Vec::new();
                while begun.elapsed() < length {
                    let sent = Instant::now();
                    ask(&mut stream, &texts[(first + took.len() * at_once) % texts.len()]).await?;
                    took.push(sent.elapsed().as_secs_f64() * 1e3);
                }
                Ok::<_, BenchError>(took)
            });
        }
        let mut took = Vec::new();
        while let Some(reader) = readers.join_next().await {
            took.extend(reader.map_err(|error| trouble(&error))??);
        }
        let (lasted, cpu) = (begun.elapsed().as_secs_f64(), server.cpu().saturating_sub(cpu).as_secs_f64());
        took.sort_by(f64::total_cmp);
        let part = |of: f64| took.get((took.len() as f64 * of) as usize).copied().unwrap_or(f64::NAN);
        Ok(Figures::default()
            .with("reads/s", took.len() as f64 / lasted)
            .with("p50 ms", part(0.5))
            .with("p99 ms", part(0.99))
            .with("server CPU per read us", cpu * 1e6 / took.len() as f64))
    }
}

/// The cookie of a session that begins now.
async fn sign_in(address: &str, user: &str) -> Result<String, BenchError> {
    let body = format!(r#"{{"user":"{user}"}}"#);
    let head = format!("POST /dev/sign-in HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n");
    let mut stream = TcpStream::connect(address).await.map_err(|error| trouble(&error))?;
    let headers = ask(&mut stream, &format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await?;
    let cookie = headers.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    cookie.map(str::to_owned).ok_or_else(|| trouble(&"no cookie came"))
}

/// Sends a request, reads its answer to the end, and gives back its headers.
async fn ask(stream: &mut TcpStream, text: &str) -> Result<String, BenchError> {
    stream.write_all(text.as_bytes()).await.map_err(|error| trouble(&error))?;
    let mut answer = Vec::with_capacity(ANSWER_BYTES);
    loop {
        if stream.read_buf(&mut answer).await.map_err(|error| trouble(&error))? == 0 {
            return Err(trouble(&"the server hung up"));
        }
        let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let headers = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
        if !headers.starts_with("http/1.1 200") {
            return Err(trouble(&headers.lines().next().unwrap_or_default()));
        }
        let length = headers.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        let length = length.ok_or_else(|| trouble(&"an answer does not say how long it is"))?;
        if answer.len() >= head + 4 + length {
            return Ok(headers);
        }
    }
}

/// Room for an answer, so that it is seldom made larger.
const ANSWER_BYTES: usize = 16 * 1024;
