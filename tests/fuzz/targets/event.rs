//! Input: the name of an event type, a line feed, its body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nabij_model::Event;

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(event_type) = std::str::from_utf8(&input[..end]) else { return };
    let Ok((current, event)) = Event::decode(event_type, &input[end + 1..]) else { return };
    // What could be read is written as something that reads the same: an event on the log is not lost on the way.
    let written = event.to_json().expect("an event has a JSON form");
    let (again, same) = Event::decode(&current.to_string(), written.to_string().as_bytes())
        .unwrap_or_else(|error| panic!("{written} does not read: {error}"));
    assert_eq!(again, current);
    assert_eq!(same.to_json().expect("an event has a JSON form"), written);
});
