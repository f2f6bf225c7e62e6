//! Arguments: patterns of all kinds, what the body knows of them, and what a caller passes.

use crate::{
    random::Random,
    scope::{Scope, Ty},
};

/// The arguments of a function, as its signature and its caller write them.
#[derive(Default)]
pub(crate) struct Parameters {
    pub(crate) written: Vec<String>,
    pub(crate) passed: Vec<String>,
    /// What the caller declares before, to lend it.
    pub(crate) prepared: Vec<String>,
    /// Bounds of type parameters.
    pub(crate) generics: Vec<String>,
    /// Whether something is borrowed.
    pub(crate) borrows: bool,
    /// The name of a text, which can be a label.
    pub(crate) text: Option<String>,
    /// Whether the body can borrow from its arguments by a pattern.
    may_refer: bool,
    names: Vec<&'static str>,
    ids: usize,
}

/// Arguments that are one variable: what is written behind its name, the variable, and what is passed.
const PLAIN: [(&str, Ty, &str); 12] = [
    ("D", Ty::D, "D::new(#)"),
    ("D", Ty::D, "D::new(#)"),
    ("u32", Ty::Number, "#"),
    ("Option<D>", Ty::Optional, "optional(n > 1, #)"),
    ("Pair", Ty::Pair, "Pair::new(#)"),
    ("(D, D)", Ty::Tuple, "(D::new(#), D::new(#1))"),
    ("Tx", Ty::Tx, "Tx::new(#)"),
    ("Packed", Ty::Packed, "Packed::new(#)"),
    ("Bits", Ty::Bits, "Bits::new(#)"),
    ("Shape", Ty::Shape, "Shape::new(#, n)"),
    ("Box<D>", Ty::Boxed, "Box::new(D::new(#))"),
    ("Vec<D>", Ty::Many, "vec![D::new(#), D::new(#1)]"),
];

/// Arguments that are lent.
const LENT: [(&str, Ty, &str); 4] = [
    ("&'a D", Ty::Ref, "D::new(#)"),
    ("&'a mut D", Ty::Mut, "D::new(#)"),
    ("&'a mut Tx", Ty::MutTx, "Tx::new(#)"),
    ("&'a mut Vec<D>", Ty::MutMany, "vec![D::new(#), D::new(#1)]"),
];

/// A pattern with `$` for names, what it binds in this order with `m` where that can be changed, and what is passed.
type Pattern = (&'static str, &'static [(Ty, bool)], &'static str);

const PATTERNS: [Pattern; 17] = [
    ("_: D", &[], "D::new(#)"),
    ("_unused#: D", &[], "D::new(#)"),
    ("ref $: D", &[(Ty::Ref, false)], "D::new(#)"),
    ("ref mut $: D", &[(Ty::Mut, false)], "D::new(#)"),
    ("($, $): (D, D)", &[(Ty::D, false), (Ty::D, false)], "(D::new(#), D::new(#1))"),
    ("($, _): (D, D)", &[(Ty::D, false)], "(D::new(#), D::new(#1))"),
    ("(_, mut $): (D, D)", &[(Ty::D, true)], "(D::new(#), D::new(#1))"),
    ("(mut $, ref $): (D, D)", &[(Ty::D, true), (Ty::Ref, false)], "(D::new(#), D::new(#1))"),
    ("(ref mut $, ..): (D, D)", &[(Ty::Mut, false)], "(D::new(#), D::new(#1))"),
    ("Pair { a: $, b: ref $, n: $ }: Pair", &[(Ty::D, false), (Ty::Ref, false), (Ty::Number, false)], "Pair::new(#)"),
    ("Pair { b: $, .. }: Pair", &[(Ty::D, false)], "Pair::new(#)"),
    ("Pair { a: ref mut $, n: mut $, .. }: Pair", &[(Ty::Mut, false), (Ty::Number, true)], "Pair::new(#)"),
    ("[$, _]: [D; 2]", &[(Ty::D, false)], "[D::new(#), D::new(#1)]"),
    ("[.., mut $]: [D; 3]", &[(Ty::D, true)], "[D::new(#), D::new(#1), D::new(#2)]"),
    ("mut $ @ (_, _): (D, D)", &[(Ty::Tuple, true)], "(D::new(#), D::new(#1))"),
    ("ref $ @ D { .. }: D", &[(Ty::Ref, false)], "D::new(#)"),
    ("Tx { open: _, n: $ }: Tx", &[(Ty::Number, false)], "Tx::new(#)"),
];

impl Parameters {
    /// Some arguments, and `n`, which the body decides by.
    pub(crate) fn of(random: &mut Random, scope: &mut Scope, keeps: bool, may_refer: bool) -> Self {
        let names = vec!["a", "b", "c", "x", "y", "z", "p", "q", "r", "s", "t", "u"];
        let mut parameters = Self { names, may_refer, ids: 900, ..Self::default() };
        if keeps {
            parameters.lent(scope, "kept", LENT[3]);
        }
        for _ in 0..random.below(4) {
            parameters.one(random, scope);
        }
        let word = if random.percent(15) { "mut " } else { "" };
        parameters.written.push(format!("{word}n: u32"));
        parameters.passed.push("n".to_owned());
        scope.add("n", Ty::Number, !word.is_empty(), false, true);
        for _ in 0..random.below(2) {
            parameters.one(random, scope);
        }
        parameters
    }

    /// The types of all arguments.
    pub(crate) fn types(&self) -> impl Iterator<Item = &str> {
        self.written.iter().filter_map(|written| Some(written.rsplit_once(": ")?.1))
    }

    /// Gives all arguments names, if they have none, and the statements that bind their patterns instead.
    pub(crate) fn bound_inside(&mut self) -> Vec<String> {
        let bind = |(at, written): (usize, &mut String)| {
            let (pattern, ty) = written.rsplit_once(": ")?;
            let name = pattern.trim_start_matches("mut ");
            let is_name = name != "_" && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            let name = if is_name { name.to_owned() } else { format!("arg{at}") };
            // What a pattern borrows has to be mutable itself.
            let word = if pattern.contains("ref mut") { "mut " } else { "" };
            let (binding, renamed) = (format!("let {pattern} = {name};"), format!("{word}{name}: {ty}"));
            *written = renamed;
            Some(binding)
        };
        self.written.iter_mut().enumerate().filter_map(bind).collect()
    }

    fn one(&mut self, random: &mut Random, scope: &mut Scope) {
        match random.below(10) {
            0..=3 => self.plain(random, scope),
            4 => {
                let name = random.take(&mut self.names);
                self.lent(scope, name, random.pick(&LENT));
            }
            5 => self.generic(random, scope),
            6 if self.text.is_none() => {
                let name = random.take(&mut self.names);
                let (word, mutable) = maybe_mut(random);
                self.written.push(format!("{word}{name}: String"));
                self.passed.push("String::from(\"text\")".to_owned());
                scope.add(name, Ty::Text, mutable, true, true);
                self.text = Some(name.to_owned());
            }
            _ => self.pattern(random, scope),
        }
    }

    fn plain(&mut self, random: &mut Random, scope: &mut Scope) {
        let (ty, var, passed) = random.pick(&PLAIN);
        let (name, (word, mutable)) = (random.take(&mut self.names), maybe_mut(random));
        self.written.push(format!("{word}{name}: {ty}"));
        scope.add(name, var, mutable, true, true);
        self.pass(passed);
    }

    fn lent(&mut self, scope: &mut Scope, name: &str, (ty, var, lent): (&str, Ty, &str)) {
        self.borrows = true;
        self.written.push(format!("{name}: {ty}"));
        // What is kept is returned; nothing else may take it away.
        scope.add(name, var, false, name != "kept", true);
        let id = self.id();
        self.prepared.push(format!("let mut lent{id} = {};", lent.replace('#', &id.to_string())));
        self.passed.push(format!("&{}lent{id}", if var == Ty::Ref { "" } else { "mut " }));
    }

    fn generic(&mut self, random: &mut Random, scope: &mut Scope) {
        let name = random.take(&mut self.names);
        let (word, mutable) = maybe_mut(random);
        if random.percent(50) {
            let parameter = format!("T{}", self.generics.len());
            self.written.push(format!("{word}{name}: {parameter}"));
            self.generics.push(format!("{parameter}: Like"));
        } else {
            self.written.push(format!("{word}{name}: impl Like"));
        }
        scope.add(name, Ty::Like, mutable, true, true);
        self.pass("D::new(#)");
    }

    fn pattern(&mut self, random: &mut Random, scope: &mut Scope) {
        let patterns: Vec<Pattern> =
            PATTERNS.into_iter().filter(|(pattern, ..)| self.may_refer || !pattern.contains("ref ")).collect();
        let (pattern, vars, passed) = random.pick(&patterns);
        let mut parts = pattern.split('$');
        let mut written = parts.next().unwrap_or_default().to_owned();
        for ((ty, mutable), rest) in vars.iter().zip(parts) {
            let name = random.take(&mut self.names);
            written.push_str(name);
            written.push_str(rest);
            scope.add(name, *ty, *mutable, true, true);
        }
        self.written.push(written.replace('#', &self.ids.to_string()));
        self.pass(passed);
    }

    fn pass(&mut self, value: &str) {
        let id = self.id();
        self.passed.push(value.replace('#', &id.to_string()));
    }

    fn id(&mut self) -> usize {
        self.ids += 1;
        self.ids
    }
}

fn maybe_mut(random: &mut Random) -> (&'static str, bool) {
    if random.percent(50) { ("mut ", true) } else { ("", false) }
}
