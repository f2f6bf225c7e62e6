use tachometer::measured;

#[measured(name = "nothing")]
#[unsafe(naked)]
extern "C" fn nothing() {
    core::arch::naked_asm!("ret")
}

#[measured]
mod machine {
    #[unsafe(naked)]
    pub extern "C" fn left_alone() {
        core::arch::naked_asm!("ret")
    }

    #[tachometer::timed]
    #[unsafe(naked)]
    pub extern "C" fn own() {
        core::arch::naked_asm!("ret")
    }
}

fn main() {
    nothing();
    machine::left_alone();
    machine::own();
}
