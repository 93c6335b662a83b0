//! Prints the OpenAPI document: `cargo run -p nabij-api --example openapi`.

fn main() {
    println!("{:#}", nabij_api::openapi());
}
