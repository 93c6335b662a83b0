//! The overview of the policies for people: written from the answers themselves, every role, action and relation asked.

use std::fmt::Write;

use nabij_model::Role;

use super::relation::caller;
use super::{Access, Action, Relation};

const HEAD: &str = "\
# Who may do what

Generated from the policies of this folder by asking them about every role, action and relation: `cargo run -p nabij-api --example
policies`. Do not edit it; edit the policies, and say in `cases.csv` what must be allowed and denied.

The policies are [Cedar](https://www.cedarpolicy.com) files, checked strictly against `nabij.cedarschema` when a process starts and by `nabij
config check`; `roles.toml` says which roles belong to a group. What no policy allows is denied, and one policy that forbids goes before all
that allow. Periods that the law or an agreement sets stand in `periods.toml`.

## Signs

A sign in the table means that this role may do this on a record to which it has that relation, and no other.

";

/// Writes it.
pub(super) fn write(access: &Access) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("| sign | relation | meaning |\n|---|---|---|\n");
    for (_, name, sign, meaning) in Relation::ALL {
        row(&mut text, [*sign, name, meaning]);
    }
    text.push_str("\n## Groups of roles\n\n| group | who | roles |\n|---|---|---|\n");
    for (name, group) in &access.loaded.groups {
        let roles: Vec<&str> = group.roles.iter().map(|role| role.as_str()).collect();
        row(&mut text, [name.as_str(), &group.meaning, &roles.join(", ")]);
    }
    text.push_str("\n## Actions\n\n");
    let roles = Role::ALL.map(|role| role.as_str().replace('_', " "));
    row(&mut text, std::iter::once("action").chain(roles.iter().map(String::as_str)));
    row(&mut text, std::iter::repeat_n("---", 1 + Role::ALL.len()));
    for action in Action::ALL {
        let cells: Vec<String> = Role::ALL.iter().map(|role| signs(access, *role, *action)).collect();
        let name = format!("`{action}`");
        row(&mut text, std::iter::once(name.as_str()).chain(cells.iter().map(String::as_str)));
    }
    text.push_str("\n## Policies\n\n| file | line | policy |\n|---|---:|---|\n");
    for policy in access.policies() {
        let file = format!("[{0}]({0})", policy.file);
        row(&mut text, [file.as_str(), &policy.line.to_string(), &policy.name]);
    }
    text
}

/// The signs of the relations in which `role` may do `action`; of what it may everywhere, only that.
fn signs(access: &Access, role: Role, action: Action) -> String {
    let may = |relation: Relation| access.check(&caller(role), action, &relation.place(None)).allowed();
    // What does not exist for most is told apart from what exists somewhere.
    let plain = |relation: Relation| {
        let place = relation.place(None);
        !place.confidential && place.heard.is_none()
    };
    let everywhere = Relation::ALL.iter().all(|(relation, ..)| !plain(*relation) || may(*relation));
    let told = |relation: Relation| {
        may(relation) && !(everywhere && plain(relation) && relation != Relation::Elsewhere)
    };
    Relation::ALL.iter().filter(|(relation, ..)| told(*relation)).map(|(_, _, sign, _)| *sign).collect()
}

fn row<'t>(text: &mut String, cells: impl IntoIterator<Item = &'t str>) {
    text.push('|');
    for cell in cells {
        // Writing to a string cannot fail.
        let _ = write!(text, " {cell} |");
    }
    text.push('\n');
}
