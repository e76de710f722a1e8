use super::*;

fn parsed(line: &str) -> Result<Config, (String, u8)> {
    parse(std::iter::once("coplan").chain(line.split_whitespace()).map(Into::into))
}

#[test]
fn what_is_wrong_with_a_command_line_is_said_in_one_line() {
    for (line, said) in [
        ("", "--help"),
        ("fly", "'fly'"),
        ("serve", "--data <DIR>"),
        ("serve --data d --listen nowhere", "'nowhere'"),
        ("serve --data d --listen 127.0.0.1:99999", "127.0.0.1:99999"),
        ("serve --data d --what", "'--what'"),
        ("demo --data d --development", "'--development'"),
        ("sections", "--help"),
    ] {
        let (text, code) = parsed(line).err().unwrap_or_default();
        assert_eq!(code, 2, "{line}");
        assert!(text.contains(said) && !text.contains('\n'), "{line}: {text}");
    }
}

#[test]
fn help_is_no_mistake() {
    let (text, code) = parsed("serve --help").err().unwrap_or_default();
    assert!(code == 0 && text.contains("COPLAN_DATABASE_URL"));
}

#[test]
fn flags_that_cannot_go_together_are_refused_by_name() {
    let check = |line: &str| match parsed(line).map(|config| config.command) {
        Ok(Command::Serve(serve)) => serve.check(),
        other => unreachable!("{other:?}"),
    };
    assert_eq!(check("serve --data d"), Ok(()));
    assert_eq!(check("serve --data d --development --listen [::1]:0"), Ok(()));
    let open = "0.0.0.0:80".parse().expect("an address");
    let line = "serve --data d --development --listen 0.0.0.0:80";
    assert_eq!(check(line), Err(ConfigError::DevelopmentInTheOpen(open)));
    assert_eq!(check("serve --data d --nats-url x"), Err(ConfigError::NotSupported("--nats-url")));
}
