//! Files that hold a secret: read only when nobody else can read them.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context as _, ensure};
use zeroize::Zeroizing;

use crate::settings::KeySettings;

/// Who neither owns the file nor is of its group may do nothing with it: a group is how containers are given secrets.
const OTHERS: u32 = 0o007;

/// Fails, unless the settings say that this is as it should be, when others than the file's owner and group may read or change it. An absent file passes: whoever reads it says
/// so better.
///
/// # Errors
/// A sentence with the file, its mode and the command that mends it; never its content.
pub(crate) fn check(path: &Path, keys: &KeySettings) -> anyhow::Result<()> {
    if keys.others_may_read {
        return Ok(());
    }
    let Ok(found) = std::fs::metadata(path) else { return Ok(()) };
    let mode = found.mode() & 0o777;
    ensure!(
        mode & OTHERS == 0,
        "{} can be read by everybody on this machine (mode {mode:04o}): run `chmod o= {}`, and replace the secret in it",
        path.display(),
        path.display()
    );
    Ok(())
}

/// The text of the file, white space around it taken off.
///
/// # Errors
/// What [`check`] finds, or a sentence that `setting` names a file which cannot be read.
pub(crate) fn read(path: &Path, setting: &str, keys: &KeySettings) -> anyhow::Result<Zeroizing<String>> {
    check(path, keys)?;
    let mut text = Zeroizing::new(String::new());
    File::open(path)
        .and_then(|mut file| file.read_to_string(&mut text))
        .with_context(|| format!("setting {setting}: the file {} cannot be read", path.display()))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_that_everybody_reads_is_refused_with_the_command_that_mends_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "top\n").unwrap();
        let set = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        for open in [0o604, 0o602, 0o644, 0o666] {
            set(open);
            let told = read(file.path(), "log.nkey_file", &KeySettings::default()).unwrap_err().to_string();
            assert!(told.contains(&format!("chmod o= {}", file.path().display())), "{told}");
            assert!(!told.contains("top"), "{told}");
        }
        for closed in [0o600, 0o400, 0o440] {
            set(closed);
            assert_eq!(read(file.path(), "log.nkey_file", &KeySettings::default()).unwrap().as_str(), "top");
        }
    }
}
