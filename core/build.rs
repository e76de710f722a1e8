//! Embeds the section definitions, so that a new file under `sections/` needs no code.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("sections");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().into_string().map_err(|_| "a section file's name is not UTF-8")?;
        if name.ends_with(".toml") {
            names.push(name);
        }
    }
    names.sort();
    let mut code = String::from("[\n");
    for name in names {
        let path = folder.join(&name);
        let path = path.to_str().ok_or("the path of the section files is not UTF-8")?;
        code.push_str(&format!("    ({name:?}, include_str!({path:?})),\n"));
    }
    code.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("section_files.rs"), code)?;
    Ok(())
}
