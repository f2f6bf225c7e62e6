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
    /// The same as `async_trait` writes it.
    AsyncTrait,
    /// `-> impl Future`
    Opaque,
}

impl Form {
    const FREE: [Self; 6] = [Self::Sync, Self::Sync, Self::Async, Self::Async, Self::Boxed, Self::Opaque];
    const OF_TRAITS: [Self; 6] =
        [Self::Sync, Self::Async, Self::Boxed, Self::AsyncTrait, Self::AsyncTrait, Self::Opaque];

    /// Whether its body is not a future's but makes one, which outlives what the body owns.
    fn is_maker(self) -> bool {
        matches!(self, Self::Boxed | Self::AsyncTrait | Self::Opaque)
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
    /// A method of a trait, of the first type.
    Trait,
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
    /// The line that its trait declares it by, if it is a trait's.
    pub(crate) declaration: String,
    is_future: bool,
}

impl Function {
    pub(crate) fn of(seed: u64, index: usize) -> Self {
        let mut random = Random::of(seed, index as u64);
        let place = random.pick(&[Place::Free, Place::Free, Place::Free, Place::Host, Place::Own, Place::Trait]);
        let form = random.pick(if place == Place::Trait { &Form::OF_TRAITS } else { &Form::FREE });
        let returned = returned(&mut random, form);
        let sees_its_caller = form == Form::Sync && random.percent(15);
        let mut scope = Scope::default();
        let receiver = Receiver::of(place, &mut random, &mut scope);
        let may_refer = !form.is_maker() || form == Form::AsyncTrait;
        let mut parameters = Parameters::of(&mut random, &mut scope, returned.borrows(), may_refer);
        let borrows = parameters.borrows || receiver.is_lent();
        let name = format!("t{index}");
        let attribute = attribute(&name, &mut random, &parameters, returned, sees_its_caller);
        let bindings = if form == Form::AsyncTrait { parameters.bound_inside() } else { Vec::new() };
        let (mut signature, mut declaration) = signature(&name, form, returned, &receiver, &mut parameters, borrows);
        match place {
            Place::Trait => signature = signature.replacen("pub ", "", 1),
            Place::Free | Place::Host | Place::Own => declaration.clear(),
        }
        if sees_its_caller {
            signature = format!("#[track_caller] {signature}");
        }
        let lines = body(random, scope, form, returned, &signature, &bindings);
        let caller = caller(&name, index, form, &receiver, &parameters);
        Self { name, place, attribute, lines, caller, declaration, is_future: form != Form::Sync }
    }

    /// Whether a warning calls a variable unused that a label is made of.
    pub(crate) fn uses(&self, warning: &str) -> bool {
        let beginnings = ["warning: unused variable: `", "warning: variable `"];
        let rest = beginnings.iter().find_map(|beginning| warning.strip_prefix(beginning));
        let name = rest.and_then(|rest| rest.split('`').next());
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
        let (ty, value) = if place == Place::Own { ("Own", "Own::new(800)") } else { ("Host", "Host::new(800)") };
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

fn attribute(
    name: &str,
    random: &mut Random,
    parameters: &Parameters,
    returned: Returned,
    sees_its_caller: bool,
) -> String {
    // One that asks what is returned shows another caller.
    let is_outcome = !sees_its_caller && (returned.is_option() || returned.is_result());
    let label = parameters.text.as_deref().filter(|_| random.percent(60)).unwrap_or("n");
    match random.below(10) {
        0..=2 => "#[measured]".to_owned(),
        3 => format!("#[measured(name = \"{name}\", labels({label}))]"),
        4 => "#[counted]".to_owned(),
        5 if is_outcome => format!("#[timed(name = \"{name}_seconds\", result)]"),
        6 if is_outcome => format!("#[counted(name = \"{name}_total\", result, labels({label}))]"),
        7 if is_outcome => format!("#[measured(name = \"{name}\", result)]"),
        8 if returned == Returned::Number && !sees_its_caller => {
            format!("#[measured(name = \"{name}\", error_if = |n| *n > 3)]")
        }
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
) -> (String, String) {
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
    let output = returned.text();
    let output = match form {
        Form::Sync | Form::Async if returned == Returned::Unit => String::new(),
        Form::Sync | Form::Async => format!("-> {output} "),
        Form::Boxed | Form::AsyncTrait => format!("-> Pin<Box<dyn Future<Output = {output}> + {lifetime}>> "),
        Form::Opaque => format!("-> impl Future<Output = {output}> + {lifetime} "),
    };
    let word = if form == Form::Async { "async " } else { "" };
    let head = |receiver: &str, arguments: &[String]| {
        let receiver = (!receiver.is_empty()).then_some(receiver);
        let arguments: Vec<&str> = receiver.into_iter().chain(arguments.iter().map(String::as_str)).collect();
        format!("{word}fn {name}{generics}({}) {output}", arguments.join(", "))
    };
    let declared: Vec<String> = parameters.types().map(|ty| format!("_: {ty}")).collect();
    let declaration = head(receiver.written.trim_start_matches("mut "), &declared);
    (format!("pub {}{{", head(receiver.written, &parameters.written)), format!("{};", declaration.trim_end()))
}

fn body(
    mut random: Random,
    scope: Scope,
    form: Form,
    returned: Returned,
    signature: &str,
    bindings: &[String],
) -> Vec<String> {
    let count = 1 + random.below(7);
    let (before, is_bound, is_left) = (random.below(3), random.percent(25), random.percent(20));
    let mut body = Body::new(random, scope, returned);
    if signature.starts_with("#[track_caller]") {
        body.line("called(std::panic::Location::caller());");
    }
    match form {
        Form::Sync | Form::Async => {
            body.is_async = form == Form::Async;
            body.statements(count);
            body.tail();
        }
        Form::AsyncTrait => as_async_trait(&mut body, returned, count, bindings),
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

/// A future in a box whose statements are those of an `async fn`, behind the bindings of its arguments.
fn as_async_trait(body: &mut Body, returned: Returned, count: usize, bindings: &[String]) {
    let output = returned.text();
    body.is_async = true;
    body.open("Box::pin(async move {");
    body.line(format!("if let Some(ret) = None::<{output}> {{ #[allow(unreachable_code)] return ret; }}"));
    bindings.iter().for_each(|binding| body.line(binding));
    body.open(format!("let ret: {output} = {{"));
    body.statements(count);
    body.tail();
    body.close("};");
    body.line("#[allow(unreachable_code)] ret");
    body.close("})");
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
