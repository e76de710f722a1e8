//! Lists the built web apps for `src/assets.rs` to embed. It never builds them: `cargo xtask web` does.

use std::{
    env,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let web = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../clients/web");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut table = String::from("&[\n");
    for (app, at) in [("landing", ""), ("professional", "/professional"), ("crew", "/crew"), ("person", "/person")] {
        let dist = web.join(app).join("dist");
        // A path that is not there would make cargo run this again each time; its parent changes when it appears.
        let watched = if dist.exists() { &dist } else { &web.join(app) };
        println!("cargo::rerun-if-changed={}", watched.display());
        let mut files = Vec::new();
        if dist.exists() {
            list(&dist, &mut files)?;
        }
        files.sort();
        for file in files {
            entry(&mut table, &out, &dist, at, &file)?;
        }
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_none_or(|ending| ending != "br") {
            files.push(path);
        }
    }
    Ok(())
}

/// `Embedded { path, bytes, brotli }`, with the compressed bytes that the web build left beside the file. Both are copied,
/// so that a web build in the middle of the compilation pulls nothing away.
fn entry(table: &mut String, out: &Path, dist: &Path, at: &str, file: &Path) -> io::Result<()> {
    let name = file.strip_prefix(dist).unwrap_or(file).to_string_lossy().replace('\\', "/");
    let path = format!("{at}/{name}");
    let copy = out.join("web").join(path.trim_start_matches('/'));
    fs::create_dir_all(copy.parent().unwrap_or(out))?;
    fs::copy(file, &copy)?;
    let (compressed, compressed_copy) = (beside(file), beside(&copy));
    let brotli = if compressed.exists() {
        fs::copy(compressed, &compressed_copy)?;
        format!("Some(include_bytes!({compressed_copy:?}))")
    } else {
        "None".to_owned()
    };
    writeln!(table, "    Embedded {{ path: {path:?}, bytes: include_bytes!({copy:?}), brotli: {brotli} }},")
        .expect("writing to a String does not fail");
    Ok(())
}

fn beside(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}.br", file.display()))
}
