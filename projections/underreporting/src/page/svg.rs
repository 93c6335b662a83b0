//! Drawing: a picture with a title and a description for who cannot see it.

use std::fmt::Write as _;

/// Width of every chart, in units of its own that the page scales.
pub(super) const WIDTH: f64 = 760.0;

/// Text as HTML and SVG may hold it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A chart that is being drawn.
pub(super) struct Svg {
    drawn: String,
    id: &'static str,
    title: String,
    height: f64,
}

/// Where a text stands beside its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub(super) fn new(id: &'static str, title: &str, height: f64) -> Self {
        Self { drawn: String::new(), id, title: escaped(title), height }
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let _ = write!(
            self.drawn,
            r#"<line class="{class}" x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}"/>"#,
            from.0, from.1, to.0, to.1
        );
    }

    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = write!(self.drawn, r#"<polyline class="{class}" points="{}"/>"#, points.join(" "));
    }

    pub(super) fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), tip: &str) {
        let _ = write!(
            self.drawn,
            r#"<rect class="{class}" x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}"><title>{}</title></rect>"#,
            at.0,
            at.1,
            size.0.max(0.5),
            size.1,
            escaped(tip)
        );
    }

    pub(super) fn dot(&mut self, class: &str, at: (f64, f64), radius: f64, tip: &str) {
        let _ = write!(
            self.drawn,
            r#"<circle class="{class}" cx="{:.1}" cy="{:.1}" r="{radius:.1}"><title>{}</title></circle>"#,
            at.0,
            at.1,
            escaped(tip)
        );
    }

    pub(super) fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.drawn,
            r#"<text class="{class}" x="{:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
            at.0,
            at.1,
            escaped(text)
        );
    }

    /// The picture; `told` is what it shows, in words.
    pub(super) fn end(self, told: &str) -> String {
        let (id, title, told) = (self.id, self.title, escaped(told));
        format!(
            r#"<svg role="img" aria-labelledby="{id}-title {id}-told" viewBox="0 0 {WIDTH} {:.0}" xmlns="http://www.w3.org/2000/svg"><title id="{id}-title">{title}</title><desc id="{id}-told">{told}</desc>{}</svg>"#,
            self.height, self.drawn
        )
    }
}
