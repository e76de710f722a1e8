//! Requests over HTTP/1.1, on connections that stay open, by a client that costs as little as can be.

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

/// One request for each thing to be read, ready to be sent.
#[derive(Clone)]
pub(crate) struct Requests {
    address: String,
    /// The header that says who asks; empty for nobody.
    cookie: String,
    texts: Arc<Vec<String>>,
    /// What every answer begins with.
    status: &'static str,
}

/// An answer as it came.
pub(crate) struct Answer {
    bytes: Vec<u8>,
    head: usize,
}

/// What so many reads cost.
pub(crate) struct Cost {
    pub(crate) reads_per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Of the server.
    pub(crate) cpu_us: f64,
}

impl Requests {
    /// Of nobody, or of somebody who signs in now; none yet.
    pub(crate) async fn of(server: &Server, user: Option<&str>) -> Result<Self, BenchError> {
        let address = server.base_url.trim_start_matches("http://").to_owned();
        let cookie = match user {
            Some(user) => format!("cookie: {}\r\n", sign_in(&address, user).await?),
            None => String::new(),
        };
        Ok(Self { address, cookie, texts: Arc::default(), status: "http/1.1 200" })
    }

    /// Of these paths, each with more headers that end in CR LF.
    pub(crate) fn paths(mut self, paths: impl IntoIterator<Item = (String, String)>) -> Self {
        let Self { address, cookie, .. } = &self;
        let text =
            |(path, more): (String, String)| format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{cookie}{more}\r\n");
        self.texts = Arc::new(paths.into_iter().map(text).collect());
        self
    }

    /// Of the urgent views of these people.
    pub(crate) fn urgent(self, numbers: &[NhsNumber]) -> Self {
        self.paths(numbers.iter().map(|number| ("/api/urgent".to_owned(), urgent_header(number))))
    }

    /// Answered 304.
    pub(crate) fn unchanged(self) -> Self {
        Self { status: "http/1.1 304", ..self }
    }

    /// Each answer once, in order; `None` where it was another status.
    pub(crate) async fn answers(&self) -> Result<Vec<Option<Answer>>, BenchError> {
        let mut stream = TcpStream::connect(&self.address).await.map_err(BenchError::world)?;
        let mut answers = Vec::new();
        for text in self.texts.iter() {
            let answer = ask(&mut stream, text).await?;
            answers.push(answer.headers().starts_with(self.status).then_some(answer));
        }
        Ok(answers)
    }

    /// Reads by so many connections, and what it cost the server.
    pub(crate) async fn read(&self, server: &Server, at_once: usize, length: Duration) -> Result<Cost, BenchError> {
        let (cpu, begun) = (server.cpu(), Instant::now());
        let mut readers = JoinSet::new();
        for first in 0..at_once {
            let (texts, status) = (Arc::clone(&self.texts), self.status);
            let mut stream = TcpStream::connect(&self.address).await.map_err(BenchError::world)?;
            readers.spawn(async move {
                let mut took = Vec::new();
                while begun.elapsed() < length {
                    let sent = Instant::now();
                    let answer = ask(&mut stream, &texts[(first + took.len() * at_once) % texts.len()]).await?;
                    if !answer.headers().starts_with(status) {
                        return Err(BenchError::world(answer.headers().lines().next().unwrap_or_default()));
                    }
                    took.push(sent.elapsed().as_secs_f64() * 1e3);
                }
                Ok::<_, BenchError>(took)
            });
        }
        let mut took = Vec::new();
        while let Some(reader) = readers.join_next().await {
            took.extend(reader.map_err(BenchError::world)??);
        }
        let (lasted, cpu) = (begun.elapsed().as_secs_f64(), server.cpu().saturating_sub(cpu).as_secs_f64());
        took.sort_by(f64::total_cmp);
        let part = |of: f64| took.get((took.len() as f64 * of) as usize).copied().unwrap_or(f64::NAN);
        let reads = took.len() as f64;
        Ok(Cost { reads_per_second: reads / lasted, p50_ms: part(0.5), p99_ms: part(0.99), cpu_us: cpu * 1e6 / reads })
    }
}

impl Cost {
    /// As a table shows it.
    pub(crate) fn figures(&self) -> Figures {
        Figures::default()
            .with("reads/s", self.reads_per_second)
            .with("p50 ms", self.p50_ms)
            .with("p99 ms", self.p99_ms)
            .with("server CPU per read us", self.cpu_us)
    }
}

impl Answer {
    /// In lower case.
    pub(crate) fn headers(&self) -> String {
        String::from_utf8_lossy(&self.bytes[..self.head]).to_ascii_lowercase()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers().lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned()))
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.head + END_OF_HEAD.len()..]
    }
}

/// The header by which a crew says whose view it reads.
pub(crate) fn urgent_header(number: &NhsNumber) -> String {
    format!("x-nhs-number: {}\r\n", number.as_str())
}

/// The cookie of a session that begins now.
async fn sign_in(address: &str, user: &str) -> Result<String, BenchError> {
    let body = format!(r#"{{"user":"{user}"}}"#);
    let head = format!("POST /dev/sign-in HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n");
    let mut stream = TcpStream::connect(address).await.map_err(BenchError::world)?;
    let answer = ask(&mut stream, &format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await?;
    let text = String::from_utf8_lossy(&answer.bytes[..answer.head]).into_owned();
    let cookie = text.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    cookie.map(str::to_owned).ok_or_else(|| BenchError::world("no cookie came"))
}

/// Sends a request, and reads its answer to the end.
async fn ask(stream: &mut TcpStream, text: &str) -> Result<Answer, BenchError> {
    stream.write_all(text.as_bytes()).await.map_err(BenchError::world)?;
    let mut answer = Answer { bytes: Vec::with_capacity(ANSWER_BYTES), head: 0 };
    let mut whole = usize::MAX;
    while answer.bytes.len() < whole {
        if stream.read_buf(&mut answer.bytes).await.map_err(BenchError::world)? == 0 {
            return Err(BenchError::world("the server hung up"));
        }
        if answer.head == 0 {
            let end = answer.bytes.windows(END_OF_HEAD.len()).position(|four| four == END_OF_HEAD);
            let Some(head) = end else { continue };
            answer.head = head;
            let length = match answer.header("content-length") {
                Some(length) => length.parse::<usize>().map_err(BenchError::world)?,
                None if answer.headers().starts_with("http/1.1 304") => 0,
                None => return Err(BenchError::world("an answer does not say how long it is")),
            };
            whole = head + END_OF_HEAD.len() + length;
        }
    }
    Ok(answer)
}

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Room for an answer, so that it is seldom made larger.
const ANSWER_BYTES: usize = 16 * 1024;
