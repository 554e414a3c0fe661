#!/usr/bin/env python3
"""Writes the scripts of this directory: the locking tests of the Linux kernel, as workloads.

The cases are facts from Linux lib/locking-selftest.c: which locks are taken in which order, and
whether lockdep must complain.  The kernel runs the sequences of a case one after another in one
task and looks only at whether the validator switched itself off.  Here every sequence is a thread
of its own, in the order in which the kernel runs them, and the script states the exact finding.
Wound/wait mutexes (the ww_* cases) are not modelled.

    generate.py           writes all scripts, removes those that no row makes any more
    generate.py --check   exit 1, with the names, if a file differs from what would be written
    generate.py --list    prints a table of all rows with what each must do
"""

import itertools
import pathlib
import sys
import textwrap
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = "Linux lib/locking-selftest.c"

# column of the kernel's table -> (lock type of the workload language, verb of the column)
COLUMNS = {
    "spin": ("spinlock", "lock"),
    "wlock": ("rwlock", "write"),
    "rlock": ("rwlock", "read"),
    "mutex": ("mutex", "lock"),
    "wsem": ("rwsem", "write"),
    "rsem": ("rwsem", "read"),
}
EXCLUSIVE = ("spin", "wlock", "mutex", "wsem")


@dataclass
class Script:
    """One file.  `threads` are (name, statements); expectations are whole lines."""

    group: str
    row: str
    column: str
    kernel_name: str
    what: str
    why: str
    declarations: list
    threads: list
    expectations: list
    must_report: bool = field(init=False)

    def __post_init__(self):
        self.must_report = "expect no finding" not in self.expectations

    def path(self):
        return HERE / self.group / f"{self.row}.{self.column}.workload"

    def text(self):
        must = "must report" if self.must_report else "must not report"
        header = [f"{self.row}.{self.column}: {self.what}", f"{SOURCE}, {self.kernel_name}: {must}."]
        header.append(self.why)
        lines = []
        for sentence in header:
            lines += textwrap.wrap(sentence, 98, initial_indent="# ", subsequent_indent="# ",
                                   break_long_words=False, break_on_hyphens=False)
        lines += self.declarations
        for name, statements in self.threads:
            block = f"thread {name} {{ {'; '.join(statements)} }}"
            if len(block) > 98:
                block = "\n".join([f"thread {name} {{", *("  " + s for s in statements), "}"])
            lines.append(block)
        return "\n".join(lines + self.expectations) + "\n"


def nested(verb, *locks):
    """Takes the locks one inside the other and releases them in reverse order."""
    return [f"{verb} {lock}" for lock in locks] + [f"unlock {lock}" for lock in reversed(locks)]


def steps(text, take="lock"):
    """'wa ra -a a' -> write a; read a; unlock a; <take> a.  'na' reads without recursion."""
    verbs = {"w": "write {}", "r": "read {}", "l": "lock {}", "n": "read {} nonrecursive",
             "-": "unlock {}", "+": take + " {}"}
    return [verbs[token[0]].format(token[1:]) for token in text.split()]


def permutations(events):
    """('132', [(name, statements) in that order]) for every order of the events."""
    for order in itertools.permutations(range(len(events))):
        label = "".join(str(i + 1) for i in order)
        yield label, [(f"t{i + 1}", events[i]) for i in order]


# What the search of all schedules of these scripts makes of each kind; the others have no schedule that decides.
VERDICTS = {"circular": "real", "recursive": "false"}


def finding(kind, path, verdict="", because=""):
    verdict = verdict or VERDICTS.get(kind, "unknown")
    line = f"expect finding {kind} {path} verdict {verdict}"
    return line + (f" because {because}" if because else "")


# --- Plain lock order ------------------------------------------------------------------------

# row: (what, nested pairs of each thread in turn, the cycle)
ORDER_ROWS = {
    "ABBA": ("two threads nest two locks in opposite orders.", "ab ba", "ab"),
    "ABBCCA": ("three threads, three locks, each thread one step of the ring.", "ab bc ca", "abc"),
    "ABCABC": ("the ring of three, closed by the step in its middle.", "ab ca bc", "abc"),
    "ABBCCDDA": ("a ring of four locks, closed by its last step.", "ab bc cd da", "abcd"),
    "ABCDBDDA": ("a ring of three, and a step c -> d beside it that is in no cycle.", "ab cd bd da", "abd"),
    "ABCDBCDA": ("a ring of four, of which two separate steps were seen first.", "ab cd bc da", "abcd"),
}
CYCLE_WHY = {
    "rlock": "The dependencies are there, but readers of an rwlock are recursive and no reader ever blocks them: "
             "none of these waits can happen.",
    "rsem": "A reader of an rwsem queues behind a waiting writer, so the readers close a cycle.  Nobody here "
            "writes, and the script is all there is, so it cannot hang.",
}
CYCLE_WHY_EXCLUSIVE = "Each thread can hold its first lock while it waits for its second."


def order_scripts():
    for row, (what, pairs, cycle) in ORDER_ROWS.items():
        locks = sorted(set(pairs) - {" "})
        ring = " -> ".join(cycle)
        orders = [f"expect order {pair[0]} -> {pair[1]}" for pair in pairs.split()]
        for column, (lock_type, verb) in COLUMNS.items():
            if column == "rlock":
                outcome = ["expect no finding"]
            elif column == "rsem":
                reasons = " and ".join(f"no-writer({lock})" for lock in cycle)
                outcome = [finding("circular", ring, "false", reasons)]
            else:
                outcome = [finding("circular", ring)]
            yield Script("basic", row, column, f"{row}_{column}", what, CYCLE_WHY.get(column, CYCLE_WHY_EXCLUSIVE),
                         [f"{lock_type} {', '.join(locks)}"],
                         [(f"t{i + 1}", nested(verb, *pair)) for i, pair in enumerate(pairs.split())],
                         orders + outcome)


def basic_scripts():
    yield from order_scripts()
    for column, (lock_type, verb) in COLUMNS.items():
        def script(row, what, why, statements, outcome, declarations=None):
            return Script("basic", row, column, f"{row}_{column}", what, why,
                          declarations or [f"{lock_type} a"], [("t1", statements)], [outcome])

        yield script("AA", "one thread nests two instances of one class.",
                     "A recursive reader never waits for a reader, of whatever instance." if column == "rlock" else
                     "No order is declared between instances of x; a thread that nests them the other way round "
                     "would hang with this one.  (The kernel's case never releases them.)",
                     nested(verb, "o[0]", "o[1]"),
                     "expect no finding" if column == "rlock" else finding("recursive", "x"),
                     ["class x", f"{lock_type} o[2] : x"])
        yield script("double_unlock", "a lock is released once more than it was taken.",
                     "The second release happens, and the lock is not held then.",
                     steps("+a -a -a", verb), finding("unbalanced-unlock", "a", "real"))
        yield script("init_held", "a lock is initialised again while it is held.",
                     "The initialisation wipes the state of a lock that is in use; the old hold can never be "
                     "released any more.",
                     [f"{verb} a", "init a"], finding("held-lock-freed", "a", "real"))


# --- Readers and writers mixed ----------------------------------------------------------------

def mixed_scripts():
    for column, lock_type, prefix, abba, partner in (("rwlock", "rwlock", "rlock", "rlock", "spinlock y"),
                                                     ("rwsem", "rwsem", "rsem", "rwsem", "mutex y")):
        fair = column == "rwsem"

        def script(row, case, what, why, declarations, threads, expectations):
            return Script("read-write-mix", row, column, case, what, why, declarations,
                          [(f"t{i + 1}", steps(thread)) for i, thread in enumerate(threads)], expectations)

        one, two = [f"{lock_type} x"], ["class x", f"{lock_type} o[2] : x"]
        may_recurse = "Readers of an rwlock are recursive: a reader is not blocked by a reader."
        yield script("AA1_read_same_instance", f"{prefix}_AA1", "a reader takes the lock it already reads.",
                     "A writer that queues between the two would block the second read and wait for the first.  "
                     "Nobody writes in this script." if fair else may_recurse,
                     one, ["rx rx -x -x"],
                     [finding("recursive", "x", "false", "no-writer(x)") if fair else "expect no finding"])
        yield script("AA1B_read_two_instances", f"{prefix}_AA1B", "a reader takes another instance of the class.",
                     "No order is declared between instances of x; a reader of an rwsem can wait." if fair else
                     may_recurse,
                     two, ["ro[0] ro[1] -o[1] -o[0]"], [finding("recursive", "x") if fair else "expect no finding"])
        unordered = "The second request can wait for the class it already holds, and no order is declared."
        yield script("AA2_read_then_write", f"{prefix}_AA2", "a reader of one instance writes another.", unordered,
                     two, ["ro[0] wo[1] -o[1] -o[0]"], [finding("recursive", "x")])
        yield script("AA3_write_then_read", f"{prefix}_AA3", "a writer of one instance reads another.", unordered,
                     two, ["wo[0] ro[1] -o[1] -o[0]"], [finding("recursive", "x")])
        orders = ["expect order x -> y -> x"]
        yield script("ABBA1_RL_LW", f"{abba}_ABBA1", "read x then y, against y then write x.",
                     "The writer waits for the reader, the reader for y.",
                     one + [partner], ["rx ly -y -x", "ly wx -x -y"], orders + [finding("circular", "x -> y")])
        yield script("ABBA2_RL_LR", f"{abba}_ABBA2", "read x then y, against y then read x.",
                     "The second reader waits for the first only if a writer is queued between them, and nobody "
                     "writes x." if fair else "The second reader of x is recursive: the first does not block it.",
                     one + [partner], ["rx ly -y -x", "ly rx -x -y"],
                     orders + [finding("circular", "x -> y", "false", "no-writer(x)") if fair else
                               "expect no finding"])
        yield script("ABBA3_WL_LW", f"{abba}_ABBA3", "write x then y, against y then write x.",
                     "A plain inversion: all four requests are exclusive.",
                     one + [partner], ["wx ly -y -x", "ly wx -x -y"], orders + [finding("circular", "x -> y")])
        if not fair:
            yield script("chaincache_ABBA1", "rlock_chaincache_ABBA1",
                         "y then read x is harmless; y then write x, later, is not.",
                         "The two differ only in the mode of x.  A cache of known chains that forgets the mode takes "
                         "the third thread for the second and misses the inversion.",
                         one + [partner], ["rx ly -y -x", "ly rx -x -y", "ly wx -x -y"],
                         orders + [finding("circular", "x -> y")])


# --- Three recursive readers and writers ---------------------------------------------------------

# row: (the three events, strong?, why)
TRIPLES = {
    "W1R2_W2R3_W3R1": (["wx ry -y -x", "wy rz -z -y", "wz rx -x -z"], True,
                       "Each step waits for a lock that the next holds for writing: recursive readers wait for "
                       "writers."),
    "W1W2_R2R3_W3R1": (["wx wy -y -x", "ry rz -z -y", "wz rx -x -z"], True,
                       "The writer of y waits for its reader; that reader and the reader of x wait for writers.  No "
                       "step waits for a reader as a recursive reader."),
    "W1W2_R2R3_R3W1": (["wx ry -y -x", "ry rz -z -y", "wz wx -x -z"], False,
                       "y is wanted by a recursive reader and held by a reader, which does not block it.  (The label "
                       "does not name the sequences: they are those of W1R2_R2R3_W3W1.)"),
    "W1R2_R2R3_W3W1": (["wx wy -y -x", "ry rz -z -y", "rz wx -x -z"], False,
                       "z is wanted by a recursive reader and held by a reader, which does not block it.  (The label "
                       "does not name the sequences: they are those of W1W2_R2R3_R3W1.)"),
}


def triple_scripts():
    for base, (events, strong, why) in TRIPLES.items():
        for label, order in permutations([steps(event) for event in events]):
            yield Script("recursive-read", f"{base}_{label}", "rwlock", f"{base}_{label}",
                         "a ring of three rwlocks, taken by writers and recursive readers.", why,
                         ["rwlock x, y, z"], order,
                         ["expect order x -> y -> z -> x",
                          finding("circular", "x -> y -> z") if strong else "expect no finding"])


# --- Interrupts ---------------------------------------------------------------------------------

# The kernel's cases enter hard interrupts as threaded ones, so that spin locks may be taken there.
IN = {"hard": "in hardirq-threaded", "soft": "in softirq"}
SWITCH = {"hard": "irqs", "soft": "softirqs"}


def handler(irq, statements):
    return [f"{IN[irq]} {{ {'; '.join(statements)} }}"]


def shielded(irq, statements):
    return [f"{SWITCH[irq]} off", *statements, f"{SWITCH[irq]} on"]


def switched_on_inside(irq):
    """Takes a with interrupts off and switches them on while it is held."""
    return lambda take: [f"{SWITCH[irq]} off", f"{take} a", f"{SWITCH[irq]} on", "unlock a"]


def take_a(take):
    return steps("+a -a", take)


WHY_A_TWICE = "An interrupt that arrives while a is held with interrupts on wants a on the same cpu: it waits for ever."
WHY_READERS = "Both the handler and the code it interrupts only read, and the handler's read is recursive."


def single_lock_scripts():
    # (row, irq of the handler, suffix in the kernel's name, the interrupted sequence, what)
    rows = [(f"irqsafe1_{irq}", irq, f"irqsafe1_{irq}_{{}}", take_a,
             f"a lock used in a {irq}irq and with {irq}irqs on.") for irq in ("hard", "soft")]
    rows.append(("irqsafe2A", "soft", "irqsafe2A_{}", switched_on_inside("hard"),
                 "a lock used in a softirq, and held when hard interrupts (and so softirqs) are switched on."))
    rows += [(f"irqsafe2B_{irq}", irq, f"irqsafe2B_{irq}_{{}}", switched_on_inside(irq),
              f"a lock used in a {irq}irq, and held when {irq}irqs are switched on.") for irq in ("hard", "soft")]
    for row, irq, case, interrupted, what in rows:
        for column in ("spin", "wlock", "rlock"):
            lock_type, verb = COLUMNS[column]
            events = [handler(irq, take_a(verb)), interrupted(verb)]
            for label, order in permutations(events):
                yield Script("irq", f"{row}_{label}", column, f"{case.format(column)}_{label}", what,
                             WHY_READERS if column == "rlock" else WHY_A_TWICE, [f"{lock_type} a"], order,
                             ["expect no finding" if column == "rlock" else finding("inconsistent-state", "a")])


UNSAFE_ORDER_WHY = ("The handler wants {0}, which a cpu may hold while it waits for {1}; {1} may be held by the cpu "
                    "that the handler interrupts.")


def unsafe_order_scripts():
    """Rows of three events about two locks, `safe` used in the interrupt, `unsafe` with it enabled.

    Each: name, columns, declarations, events, safe, unsafe, what, why it does not hang for readers,
    extra findings.
    """
    for irq in ("hard", "soft"):
        take_ab = lambda take: steps("+a +b -b -a", take)
        rows = [
            ("irqsafe3", ("spin", "wlock", "rlock"), lambda t, _: [f"{t} a, b"],
             lambda take: [take_ab(take), steps("+b -b", take), handler(irq, take_a(take))], "a", "b",
             f"a -> b with {irq}irqs on, b alone, and a in a {irq}irq.",
             "Everything is read, recursively.", [finding("inconsistent-state", "a")]),
            ("irqsafe4", ("spin", "wlock", "rlock"), lambda t, _: [f"{t} a, b"],
             lambda take: [shielded(irq, take_ab(take)), steps("+b -b", take), handler(irq, take_a(take))], "a", "b",
             f"a -> b with {irq}irqs off, b alone with them on, and a in a {irq}irq.",
             "Everything is read, recursively.", []),
            ("irq_inversion", ("spin", "wlock", "rlock"), lambda t, _: ["rwlock a, b"] if t == "rwlock" else
             ["rwlock a", f"{t} b"],
             lambda take: [shielded(irq, steps("wa +b -b -a", take)), steps("+b -b", take),
                           handler(irq, steps("ra -a"))], "a", "b",
             f"write a -> b with {irq}irqs off, b alone with them on, and read a in a {irq}irq.",
             "b is wanted by a recursive reader and held by a reader: that wait cannot happen.", []),
            ("irq_read_recursion2", ("wlock", "rlock"), lambda t, _: ["rwlock a", "spinlock b"],
             lambda take: [shielded(irq, steps("lb +a -a -b", take)), steps("ra -a"),
                           handler(irq, steps("lb -b"))], "b", "a",
             f"b -> a with {irq}irqs off, read a alone with them on, and b in a {irq}irq.",
             "a is wanted by a recursive reader and held by a reader: that wait cannot happen.", []),
            ("irq_read_recursion3", ("wlock", "rlock"), lambda t, _: ["rwlock a, b"],
             lambda take: [shielded(irq, steps("wb +a -a -b", take)), steps("ra -a"),
                           handler(irq, steps("rb -b"))], "b", "a",
             f"write b -> a with {irq}irqs off, read a alone with them on, and read b in a {irq}irq.",
             "a is wanted by a recursive reader and held by a reader: that wait cannot happen.", []),
        ]
        for base, columns, declare, events, safe, unsafe, what, harmless, extra in rows:
            for column in columns:
                lock_type, verb = COLUMNS[column]
                readers = column == "rlock"
                outcome = ["expect no finding"] if readers else (
                    [finding("irq-unsafe-order", f"{safe} -> {unsafe}")] + extra)
                for label, order in permutations(events(verb)):
                    yield Script("irq", f"{base}_{irq}_{label}", column, f"{base}_{irq}_{column}_{label}", what,
                                 harmless if readers else UNSAFE_ORDER_WHY.format(safe, unsafe),
                                 declare(lock_type, column), order,
                                 [f"expect order {safe} -> {unsafe}"] + outcome)


def read_recursion_scripts():
    for irq in ("hard", "soft"):
        for column in ("wlock", "rlock"):
            verb = COLUMNS[column][1]
            events = [shielded(irq, steps("wa -a")), steps("ra -a"), handler(irq, steps("+a lb -b -a", verb))]
            for label, order in permutations(events):
                yield Script("irq", f"irq_read_recursion_{irq}_{label}", column,
                             f"irq_read_recursion_{irq}_{column}_{label}",
                             f"write a with {irq}irqs off, read a with them on, and take a in a {irq}irq.",
                             "The handler reads a recursively; a is only read where the handler can come in between."
                             if column == "rlock" else
                             "The handler writes a and can interrupt a reader of a on the same cpu.",
                             ["rwlock a", "spinlock b"], order,
                             ["expect order a -> b",
                              "expect no finding" if column == "rlock" else finding("inconsistent-state", "a")])


def queued_read_scripts():
    def script(name, what, why, declarations, threads, expectations):
        case = f"queued_read_lock_hardirq_{name}"
        return Script("queued-read-lock", case, "rwlock", case, what,
                      why + "  (A reader of a queued rwlock is recursive only in interrupts.)", declarations,
                      [(f"t{i + 1}", thread) for i, thread in enumerate(threads)], expectations)

    off = lambda text: shielded("hard", steps(text))
    both = ["rwlock a", "spinlock b"]
    yield script("RE_Er", "read a then b in an interrupt, against b then a queued read of a.",
                 "The queued reader can wait for a writer that waits for the interrupt's reader.  Nobody writes a "
                 "in this script, so it cannot hang here.",
                 both, [handler("hard", steps("ra lb -b -a")), off("lb na -a -b")],
                 ["expect order a -> b -> a", finding("circular", "a -> b", "false", "no-writer(a)")])
    yield script("ER_rE", "b then read a in an interrupt, against a queued read of a then b.",
                 "The interrupt's reader is recursive: the reader in the task does not block it.",
                 both, [handler("hard", steps("lb ra -a -b")), off("na lb -b -a")],
                 ["expect order a -> b -> a", "expect no finding"])
    yield script("inversion", "b in an interrupt, b then a queued read of a, and a read with interrupts on.",
                 UNSAFE_ORDER_WHY.format("b", "a"),
                 both, [handler("hard", steps("lb -b")), off("lb na -a -b"), steps("na -a")],
                 ["expect order b -> a", finding("irq-unsafe-order", "b -> a")])


def local_lock_scripts():
    safe = handler("hard", steps("la -a"))
    through = shielded("hard", steps("la lp -p -a"))
    per_cpu = ("Through p the interrupt-safe a would lead to an unsafe lock, but p is a lock per cpu: its holder on "
               "another cpu blocks nobody here.")

    def script(name, what, why, declarations, threads, expectations):
        return Script("local-lock", name, "local", name, what, why, declarations,
                      [(f"t{i + 1}", thread) for i, thread in enumerate(threads)], expectations)

    yield script("local_lock_2", "a local lock taken with interrupts on and, elsewhere, inside an interrupt-safe lock.",
                 per_cpu, ["local p", "spinlock a"], [steps("lp -p"), safe, through],
                 ["expect order a -> p", "expect no finding"])
    yield script("local_lock_3A", "the same, and the local lock leads on to a lock that is not interrupt-safe.",
                 per_cpu, ["local p", "spinlock a, b"], [steps("lp lb -b -p"), safe, through],
                 ["expect order a -> p -> b", "expect no finding"])
    yield script("local_lock_3B", "the same, and then the step from a to b is also made directly.",
                 "The direct step a -> b can hang, and must not count as implied by the one through p.",
                 ["local p", "spinlock a, b"],
                 [steps("lp lb -b -p"), safe, through, shielded("hard", steps("la lb -b -a"))],
                 ["expect order a -> p -> b", "expect order a -> b", finding("irq-unsafe-order", "a -> b")])


def special_scripts():
    name = "hardirq_deadlock_softirq_not_deadlock"
    threads = [["lock m", "irqs off", *steps("lc -c"), "irqs on", "unlock m"],
               handler("hard", steps("la -a")),
               shielded("hard", steps("la lb -b -a")),
               shielded("hard", steps("lb lc -c -b")),
               handler("soft", steps("ld -d")),
               shielded("soft", steps("ld -d")),
               shielded("hard", steps("lc ld -d -c"))]
    yield Script("special", name, "spin", name,
                 "a path that is unsafe for hard interrupts beside one that is harmless for soft ones.",
                 "a is used in a hardirq and leads over b and c to d, which is held with hardirqs on.  d is used in "
                 "a softirq but leads nowhere, so m, held with softirqs on, is no part of it.",
                 ["mutex m", "spinlock a, b, c, d"],
                 [(f"t{i + 1}", thread) for i, thread in enumerate(threads)],
                 ["expect order m -> c -> d", "expect order a -> b -> c",
                  finding("irq-inversion", "a -> b -> c -> d")])


# --- Wait contexts --------------------------------------------------------------------------------

# column of the inner lock: (kernel's name, words, lock type, verb)
INNER = {"rcu": ("RCU", "an rcu read section", "rcu", "read"),
         "raw": ("RAW_SPINLOCK", "a raw spin lock", "raw", "lock"),
         "spin": ("SPINLOCK", "a spin lock", "spinlock", "lock"),
         "mutex": ("MUTEX", "a mutex", "mutex", "lock")}
# surroundings: (kernel's name, words, declaration, opening, closing, what may not be taken there)
OUTER = {
    "hardirq_threaded": ("HARDIRQ", "a threaded hard interrupt", "", "in hardirq-threaded {", "}", "mutex"),
    "hardirq_not_threaded": ("NOTTHREADED_HARDIRQ", "a hard interrupt that is never threaded", "", "in hardirq {", "}",
                             "spin mutex"),
    "softirq": ("SOFTIRQ", "a softirq", "", "in softirq {", "}", "mutex"),
    "rcu_read_section": ("RCU", "an rcu read section", "rcu outer", "read outer", "unlock outer", "mutex"),
    "rcu_bh_read_section": ("RCU_BH", "an rcu-bh read section, which also switches softirqs off", "rcu outer",
                            "softirqs off; read outer", "unlock outer; softirqs on", "mutex"),
    "rcu_sched_read_section": ("RCU_SCHED", "an rcu-sched read section, that is, with preemption off (modelled as a "
                               "raw spin lock of its own)", "raw outer", "lock outer", "unlock outer", "spin mutex"),
    "raw_spinlock": ("RAW_SPINLOCK", "a raw spin lock", "raw outer", "lock outer", "unlock outer", "spin mutex"),
    "spinlock": ("SPINLOCK", "a spin lock", "spinlock outer", "lock outer", "unlock outer", "mutex"),
    "mutex": ("MUTEX", "a mutex", "mutex outer", "lock outer", "unlock outer", ""),
}
WAIT_WHY = {
    "rcu": "Entering an rcu read section waits for nothing, so it may be done anywhere.",
    "raw": "A raw spin lock only ever spins, so it may be taken anywhere but where nothing may wait.",
    "spin": "A spin lock sleeps on a real-time kernel; {} there.",
    "mutex": "A mutex sleeps; {} there.",
}


def wait_context_scripts():
    for place, (outer_name, words, declaration, opening, closing, forbidden) in OUTER.items():
        for column, (inner_name, inner_words, lock_type, verb) in INNER.items():
            bad = column in forbidden.split()
            why = WAIT_WHY[column].format("nothing may sleep" if bad else
                                          "that is allowed" if column == "spin" else "sleeping is allowed")
            same = place == "rcu_read_section" and column == "rcu"
            inner = "outer" if same else "inner"
            declarations = [d for d in (declaration, "" if same else f"{lock_type} inner") if d]
            if closing == "}":
                statements = [f"{opening} {verb} inner; unlock inner }}"]
            else:
                statements = [*opening.split("; "), f"{verb} {inner}", f"unlock {inner}", *closing.split("; ")]
            yield Script("wait-context", f"wait_{column}_in_{place}", column, f"{inner_name}_in_{outer_name}",
                         f"{inner_words} inside {words}.", why, declarations, [("t1", statements)],
                         [finding("wait-context", "inner", "real") if bad else "expect no finding"])


# --- Annotations: reclaim, nest locks, srcu --------------------------------------------------------

def annotation_scripts():
    def reclaim(name, what, why, statements, outcome):
        return Script("fs-reclaim", name, "pseudo", name, what, why, ["pseudo fs_reclaim", "var no_fs"],
                      [("t1", statements)], [outcome])

    allocation = ["if no_fs == 0 { lock fs_reclaim; unlock fs_reclaim }"]
    yield reclaim("fs_reclaim_correct_nesting", "reclaim allocates memory that may not enter a file system.",
                  "Such an allocation never starts reclaim of its own, so it takes no lock.",
                  ["lock fs_reclaim", "unlock fs_reclaim"], "expect no finding")
    yield reclaim("fs_reclaim_wrong_nesting", "reclaim allocates memory that may enter a file system.",
                  "That allocation may start reclaim inside reclaim; the pseudo lock is then wanted by its holder.",
                  ["lock fs_reclaim", *allocation, "unlock fs_reclaim"],
                  finding("self-deadlock", "fs_reclaim", "real"))
    yield reclaim("fs_reclaim_protected_nesting", "the same allocation, inside a scope that forbids file systems.",
                  "The scope turns the allocation into one that takes no lock.",
                  ["lock fs_reclaim", "no_fs = 1", *allocation, "no_fs = 0", "unlock fs_reclaim"],
                  "expect no finding")
    yield Script("nest", "spin_nest_unlocked", "spin", "ww_test_spin_nest_unlocked",
                 "a lock is taken `nest outer` while outer is not held.",
                 "The annotation claims that outer serialises the class, and it does not here.",
                 ["spinlock outer, a"], [("t1", ["lock a nest outer", "unlock a"])],
                 [finding("nested-not-taken", "a", "real")])
    yield Script("nest", "spin_nest_lock", "spin", "ww_test_spin_nest_lock",
                 "two locks of class y, each `nest x`, with a between them.",
                 "y -> a and a -> y close a cycle on paper, but whoever takes the second y holds x, and so does "
                 "whoever holds the first.",
                 ["class y", "spinlock x, a", "spinlock o[2] : y"],
                 [("t1", ["lock x", "lock o[0] nest x", "lock a", "lock o[1] nest x", "unlock a", "unlock o[1]",
                          "unlock o[0]", "unlock x"])],
                 ["expect order x -> y -> a -> y", "expect no finding"])


def srcu_scripts():
    out_of_tree = "srcu cases of an out-of-tree branch, not in mainline"

    def script(name, column, what, why, declarations, threads, expectations):
        return Script("srcu", name, column, out_of_tree, what, why, declarations,
                      [(f"t{i + 1}", thread) for i, thread in enumerate(threads)], expectations)

    yield script("srcu_ABBA", "srcu", "each thread waits, inside a section of one domain, for those of the other.",
                 "Each section ends only when the other has ended.",
                 ["srcu a, b"], [["read a", "sync b", "unlock a"], ["read b", "sync a", "unlock b"]],
                 ["expect order a -> b -> a", finding("circular", "a -> b")])
    yield script("srcu_mutex_ABBA", "srcu", "waiting for sections under a mutex that a section takes.",
                 "The section waits for the mutex, its holder waits for the section.",
                 ["mutex a", "srcu b"], [["lock a", "sync b", "unlock a"], ["read b", *steps("la -a"), "unlock b"]],
                 ["expect order a -> b -> a", finding("circular", "a -> b")])
    yield script("srcu_irqsafe", "srcu", "a section in a hard interrupt; its domain is waited for with interrupts on.",
                 "The waiter holds nothing that the interrupt could want.",
                 ["srcu a"], [handler("hard", ["read a", "unlock a"]), ["sync a"]], ["expect no finding"])


def all_scripts():
    for family in (basic_scripts, mixed_scripts, triple_scripts, single_lock_scripts, unsafe_order_scripts,
                   read_recursion_scripts, queued_read_scripts, local_lock_scripts, special_scripts,
                   wait_context_scripts, annotation_scripts, srcu_scripts):
        yield from family()


def main(arguments):
    if arguments not in ([], ["--check"], ["--list"]):
        print(__doc__, file=sys.stderr)
        return 2
    wanted = {script.path(): script for script in all_scripts()}
    if arguments == ["--list"]:
        for script in wanted.values():
            print(f"{script.group}\t{script.row}\t{script.column}\t"
                  f"{'must-report' if script.must_report else 'must-not-report'}")
        return 0
    texts = {path: script.text() for path, script in wanted.items()}
    present = set(HERE.glob("*/*.workload"))
    stale = [path for path in sorted(present | set(texts))
             if path not in texts or path not in present or path.read_text() != texts[path]]
    if arguments == ["--check"]:
        for path in stale:
            print(f"not up to date: {path}")
        return 1 if stale else 0
    for path in stale:
        if path in texts:
            path.parent.mkdir(exist_ok=True)
            path.write_text(texts[path])
        else:
            path.unlink()
    print(f"{len(texts)} scripts, {len(stale)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
