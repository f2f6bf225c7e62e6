//! A function of chance: its form, its signature, its attribute, its body, and who calls it.

use crate::{
    body::Body,
    parameters::Parameters,
    random::Random,
    returned::Returned,
    scope::{Scope, Ty},
};

/// How a function is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Sync,
    Async,
    /// `-> Pin<Box<dyn Future>>`
    Boxed,
    /// `-> impl Future`
    Opaque,
}

impl Form {
    /// Whether its body is not a future's but makes one, which outlives what the body owns.
    fn is_maker(self) -> bool {
        matches!(self, Self::Boxed | Self::Opaque)
    }
}

/// Where a function stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Free,
    /// A method of a type without a destructor.
    Host,
    /// A method of a type that has one.
    Own,
}

/// A function as text.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// All of an attribute's line, for where no block has one.
    pub(crate) attribute: String,
    pub(crate) lines: Vec<String>,
    /// The function that calls it, in one line.
    pub(crate) caller: String,
    is_future: bool,
}

impl Function {
    pub(crate) fn of(seed: u64, index: usize) -> Self {
        let mut random = Random::of(seed, index as u64);
        let place = random.pick(&[Place::Free, Place::Free, Place::Free, Place::Host, Place::Own]);
        let form = random.pick(&[Form::Sync, Form::Sync, Form::Async, Form::Async, Form::Boxed, Form::Opaque]);
        let returned = returned(&mut random, form);
        let mut scope = Scope::default();
        let receiver = Receiver::of(place, &mut random, &mut scope);
        let mut parameters = Parameters::of(&mut random, &mut scope, returned.borrows(), !form.is_maker());
        let borrows = parameters.borrows || receiver.is_lent();
        let name = format!("t{index}");
        let attribute = attribute(&name, &mut random, &parameters, returned);
        let signature = signature(&name, form, returned, &receiver, &mut parameters, borrows);
        let lines = body(random, scope, form, returned, &signature);
        let caller = caller(&name, index, form, &receiver, &parameters);
        Self { name, place, attribute, lines, caller, is_future: form != Form::Sync }
    }

    /// Whether a warning calls a variable unused that a label is made of.
    pub(crate) fn uses(&self, warning: &str) -> bool {
        let name = warning.strip_prefix("warning: unused variable: `").and_then(|rest| rest.split('`').next());
        name.is_some_and(|name| self.attribute.contains(&format!("labels({name})")))
    }

    /// The row of the table of all functions, in the module that they stand in.
    pub(crate) fn row(&self) -> String {
        let (name, run) = (&self.name, if self.is_future { "Later" } else { "Now" });
        format!("(\"{name}\", Run::{run}(r{})),", &name[1..])
    }
}

fn returned(random: &mut Random, form: Form) -> Returned {
    loop {
        let returned = random.pick(&Returned::ALL);
        // An opaque type can have no lifetime that its function does not name, and none within a `dyn`.
        if !(returned.is_opaque() && form.is_maker()) {
            return returned;
        }
    }
}

/// `self`, in all ways.
struct Receiver {
    written: &'static str,
    /// How the caller comes by it.
    prepared: String,
    called: &'static str,
}

impl Receiver {
    fn of(place: Place, random: &mut Random, scope: &mut Scope) -> Self {
        if place == Place::Free {
            return Self { written: "", prepared: String::new(), called: "" };
        }
        const WAYS: [(&str, bool, bool); 6] = [
            ("self", false, true),
            ("mut self", true, true),
            ("mut self", true, true),
            ("mut self: Box<Self>", true, true),
            ("&'a self", false, false),
            ("&'a mut self", true, false),
        ];
        let (written, mutable, movable) = random.pick(&WAYS);
        let (ty, value) = if place == Place::Host { ("Host", "Host::new(800)") } else { ("Own", "Own::new(800)") };
        let prepared = if written.contains("Box") {
            format!("let host: Box<{ty}> = Box::new({value});")
        } else {
            format!("let mut host = {value};")
        };
        scope.is_boxed = written.contains("Box");
        if place == Place::Own {
            scope.add("self", Ty::Own, mutable, movable, true);
        } else {
            scope.add("self.d", Ty::D, mutable, movable, true);
            scope.part("self.n", Ty::Number, mutable, movable, true);
            scope.part("self.tx", Ty::Tx, mutable, movable, true);
        }
        Self { written, prepared, called: "host." }
    }

    fn is_lent(&self) -> bool {
        self.written.starts_with('&')
    }
}

fn attribute(name: &str, random: &mut Random, parameters: &Parameters, returned: Returned) -> String {
    let is_outcome = returned.is_option() || returned.is_result();
    let label = parameters.text.as_deref().filter(|_| random.percent(60)).unwrap_or("n");
    match random.below(10) {
        0..=2 => "#[measured]".to_owned(),
        3 => format!("#[measured(name = \"{name}\", labels({label}))]"),
        4 => "#[counted]".to_owned(),
        5 if is_outcome => format!("#[timed(name = \"{name}_seconds\", result)]"),
        6 if is_outcome => format!("#[counted(name = \"{name}_total\", result, labels({label}))]"),
        7 if is_outcome => format!("#[measured(name = \"{name}\", result)]"),
        8 if returned == Returned::Number => format!("#[measured(name = \"{name}\", error_if = |n| *n > 3)]"),
        9 => format!("#[counted] #[timed(name = \"{name}_seconds\", labels({label}))]"),
        _ => "#[timed]".to_owned(),
    }
}

fn signature(
    name: &str,
    form: Form,
    returned: Returned,
    receiver: &Receiver,
    parameters: &mut Parameters,
    borrows: bool,
) -> String {
    let lifetime = if borrows { "'a" } else { "'static" };
    if form.is_maker() {
        let bound = format!("Like + {lifetime}");
        let bounded = |written: &mut String| *written = written.replace("Like", &bound);
        parameters.generics.iter_mut().for_each(bounded);
        parameters.written.iter_mut().for_each(bounded);
    }
    if borrows {
        parameters.generics.insert(0, "'a".to_owned());
    }
    let generics =
        if parameters.generics.is_empty() { String::new() } else { format!("<{}>", parameters.generics.join(", ")) };
    let mut arguments = parameters.written.clone();
    if !receiver.written.is_empty() {
        arguments.insert(0, receiver.written.to_owned());
    }
    let output = returned.text();
    let output = match form {
        Form::Sync | Form::Async if returned == Returned::Unit => String::new(),
        Form::Sync | Form::Async => format!("-> {output} "),
        Form::Boxed => format!("-> Pin<Box<dyn Future<Output = {output}> + {lifetime}>> "),
        Form::Opaque => format!("-> impl Future<Output = {output}> + {lifetime} "),
    };
    let word = if form == Form::Async { "async " } else { "" };
    format!("pub {word}fn {name}{generics}({}) {output}{{", arguments.join(", "))
}

fn body(mut random: Random, scope: Scope, form: Form, returned: Returned, signature: &str) -> Vec<String> {
    let count = 1 + random.below(7);
    let (before, is_bound, is_left) = (random.below(3), random.percent(25), random.percent(20));
    let mut body = Body::new(random, scope, returned);
    match form {
        Form::Sync | Form::Async => {
            body.is_async = form == Form::Async;
            body.statements(count);
            body.tail();
        }
        Form::Boxed | Form::Opaque => {
            (body.can_return, body.coerces) = (false, false);
            body.statements(before);
            let pin = if form == Form::Boxed { "Box::pin(" } else { "" };
            if is_left && form == Form::Boxed {
                let (condition, states) = (body.condition(), body.scope.states());
                body.is_async = true;
                let value = body.value();
                body.scope.restore(&states);
                body.line(format!("if {condition} {{ return Box::pin(async move {{ {value} }}); }}"));
            }
            (body.is_async, body.can_return) = (true, true);
            body.scope.seal();
            body.open(if is_bound { "let future = async move {".to_owned() } else { format!("{pin}async move {{") });
            body.statements(count);
            body.tail();
            match (is_bound, form) {
                (true, Form::Boxed) => {
                    body.close("};");
                    body.line("Box::pin(future)");
                }
                (true, _) => {
                    body.close("};");
                    body.line("future");
                }
                (false, Form::Boxed) => body.close("})"),
                (false, _) => body.close("}"),
            }
        }
    }
    let mut lines = vec![signature.to_owned()];
    lines.extend(body.into_lines());
    lines.push("}".to_owned());
    lines
}

fn caller(name: &str, index: usize, form: Form, receiver: &Receiver, parameters: &Parameters) -> String {
    let prepared = format!("{} {}", parameters.prepared.join(" "), receiver.prepared);
    let call = format!("{}{name}({})", receiver.called, parameters.passed.join(", "));
    if form == Form::Sync {
        format!("fn r{index}(n: u32) {{ {prepared} now(|| {call}); }}")
    } else {
        format!("fn r{index}(n: u32, polls: u32) {{ {prepared} later(polls, || {call}); }}")
    }
}
