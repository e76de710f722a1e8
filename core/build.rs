//! Embeds the section definitions and the access rules with their cases, so that a new file of either needs no code.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    embed("section_files.rs", &[(&root.join("sections"), ".toml")])?;
    let policies = root.join("policies");
    embed("policy_files.rs", &[(&policies, ".cedar"), (&policies.join("cases"), ".json")])
}

/// Writes name and text of every file with that ending, in the order of their names, as the elements of an array.
fn embed(to: &str, folders: &[(&Path, &str)]) -> Result<(), Box<dyn Error>> {
    let mut code = String::from("[\n");
    for (folder, ending) in folders {
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name().into_string().map_err(|_| "the name of an embedded file is not UTF-8")?;
            if name.ends_with(ending) {
                names.push(name);
            }
        }
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let path = path.to_str().ok_or("the path of an embedded file is not UTF-8")?;
            code.push_str(&format!("    ({name:?}, include_str!({path:?})),\n"));
        }
    }
    code.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join(to), code)?;
    Ok(())
}
