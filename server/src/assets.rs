//! The web apps, embedded: `/` landing, `/professional/`, `/crew/` and `/person/`, each with its index for addresses of
//! its own.
//!
//! The web build leaves a brotli copy beside each file and `build.rs` takes both, so that neither cargo nor a start
//! compresses anything. (memory-serve was tried on paper: it compiles axum a second time for the build script, runs
//! brotli unoptimised there, and decompresses everything at each start.)

use crate::problem::Problem;
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::LazyLock};

/// One file as `build.rs` lists it.
struct Embedded {
    path: &'static str,
    bytes: &'static [u8],
    brotli: Option<&'static [u8]>,
}

/// One file as it is served.
struct Asset {
    file: &'static Embedded,
    etag: HeaderValue,
}

/// Answers whatever no route takes: with a file, an app's index, or 404.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return Problem::not_found().into_response();
    }
    match find(uri.path()) {
        Found::File(asset) => answer(asset, &headers),
        Found::Folder(at) => Redirect::permanent(at).into_response(),
        Found::NotBuilt => (StatusCode::SERVICE_UNAVAILABLE, HTML, NOT_BUILT).into_response(),
        Found::Nothing => Problem::not_found().into_response(),
    }
}

enum Found {
    File(&'static Asset),
    Folder(&'static str),
    NotBuilt,
    Nothing,
}

fn find(path: &str) -> Found {
    if let Some(asset) = ASSETS.get(path) {
        return Found::File(asset);
    }
    let index = |path| ASSETS.get(path).map_or(Found::NotBuilt, Found::File);
    if FRONT_PAGES.contains(&path) {
        return index("/index.html");
    }
    for (bare, folder, home) in APPS {
        if path == bare {
            return Found::Folder(folder);
        }
        // An address inside the app, which its own router reads; a name with a dot would be a file that is not there.
        if path.starts_with(folder) && !path.rsplit('/').next().unwrap_or_default().contains('.') {
            return index(home);
        }
    }
    Found::Nothing
}

fn answer(asset: &'static Asset, asked: &HeaderMap) -> Response {
    // Vite puts a hash into the names of all it makes under `assets/`.
    let hashed = asset.file.path.contains("/assets/");
    let caching = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut headers = HeaderMap::from_iter([
        (header::ETAG, asset.etag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ]);
    if asked.get(header::IF_NONE_MATCH).is_some_and(|has| *has == asset.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(asset.file.path)));
    match asset.file.brotli.filter(|_| takes_brotli(asked)) {
        Some(brotli) => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            (headers, brotli).into_response()
        }
        None => (headers, asset.file.bytes).into_response(),
    }
}

fn takes_brotli(asked: &HeaderMap) -> bool {
    let mut accepted = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|list| list.split(',').any(|coding| coding.split(';').next().is_some_and(|name| name.trim() == "br")))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

static EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    let asset = |file: &'static Embedded| {
        let etag = format!("\"{}\"", hex::encode(&Sha256::digest(file.bytes)[..16]));
        let etag = HeaderValue::try_from(etag).expect("hex in quotes is a header value");
        (file.path, Asset { file, etag })
    };
    EMBEDDED.iter().map(asset).collect()
});

/// Addresses of the front page's own app.
const FRONT_PAGES: [&str; 2] = ["/", "/enrol"];

/// Each app that has addresses of its own: without and with its slash, and its index.
const APPS: [(&str, &str, &str); 3] = [
    ("/professional", "/professional/", "/professional/index.html"),
    ("/crew", "/crew/", "/crew/index.html"),
    ("/person", "/person/", "/person/index.html"),
];

const HTML: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];

/// What stands in for an app that was not built.
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Coplan: not built</title>\n\
    <h1>The web apps are not built</h1>\n<p>Run <code>cargo xtask web</code>, then build the server again.</p></html>\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_inside_an_app_is_the_apps_and_a_missing_file_is_not() {
        let what = |path| match find(path) {
            Found::File(asset) => asset.file.path,
            Found::Folder(at) => at,
            Found::NotBuilt => "not built",
            Found::Nothing => "nothing",
        };
        for (path, app) in [
            ("/professional/", "/professional/index.html"),
            ("/professional/plans/x-1", "/professional/index.html"),
            ("/crew/find", "/crew/index.html"),
            ("/person/plans/x-1/opened", "/person/index.html"),
            ("/", "/index.html"),
        ] {
            assert!([app, "not built"].contains(&what(path)), "{path}: {}", what(path));
        }
        assert_eq!((what("/crew"), what("/professional")), ("/crew/", "/professional/"));
        for path in ["/crew/assets/none.js", "/crewx", "/staff/", "/api/none", "/crew/../Cargo.toml", "//etc/passwd"] {
            assert_eq!(what(path), "nothing", "{path}");
        }
    }

    #[test]
    fn brotli_goes_only_to_those_who_take_it() {
        for (accepts, takes) in [("gzip, deflate, br, zstd", true), ("br;q=1.0", true), ("gzip", false), ("brx", false)]
        {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accepts))]);
            assert_eq!(takes_brotli(&headers), takes, "{accepts}");
        }
    }
}
