// One lock line in the shapes of all kernels; names that try to be mistaken; usage characters.
#include "lockdep/kernel/lock_text.h"

#include <string>

#include "lockdep/kernel/frame_text.h"
#include "lockdep/kernel/usage_string.h"
#include "tests/catch.h"

namespace lockdep::kernel {
namespace {

struct Shape {
  std::string text, label, usage, instance, function;
};

TEST_CASE("a lock line is read in the shape of every kernel", "[kernel]") {
  const Shape shapes[] = {
      {"(&p->lock){-+..}, at: [<c02c8c46>] f+0x56/0x290", "&p->lock", "-+..", "", "f"},
      {"(rtnl_mutex){+.+.+.}, at: [<ffffffff813396c7>] rtnl_lock+0x12/0x14 [mod]", "rtnl_mutex", "+.+.+.", "",
       "rtnl_lock"},
      {"00000000d1a60be3 (&policy->rwsem){++++}, at: g+0x68/0x228", "&policy->rwsem", "++++", "00000000d1a60be3", "g"},
      {"ffff888053410e00 (a/1){+.+.}-{4:4}, at: f+0x1/0x2 [mod]", "a/1", "+.+.", "ffff888053410e00", "f"},
      {"(____ptrval____) (&(&v->lock)->rlock){?.-.}, at: f+0x7c/0x330", "&(&v->lock)->rlock", "?.-.", "", "f"},
      {"...  (cpuhp_state-down){+.+.}, at: f+0x34/0x240", "cpuhp_state-down", "+.+.", "", "f"},
      {"((work_completion)(&(&w->work)->work)){+.+.}-{0:0}, at: f+0x1/0x2", "(work_completion)(&(&w->work)->work)",
       "+.+.", "", "f"},
      {"((memory_chain).rwsem){.+.+}", "(memory_chain).rwsem", ".+.+", "", ""},
      {"(kn->count#70){++++}", "kn->count#70", "++++", "", ""},
  };
  for (const Shape& shape : shapes) {
    CAPTURE(shape.text);
    const std::optional<LockText> lock = ParseLock(shape.text);
    REQUIRE(lock);
    CHECK(lock->Label() == shape.label);
    CHECK(lock->usage == shape.usage);
    CHECK(lock->instance == shape.instance);
    CHECK(lock->at.function == shape.function);
  }
}

TEST_CASE("what is no lock is none", "[kernel]") {
  for (const std::string text :
       {"", "(", "()", "x", "f+0x1/0x2", "ffff888053410e00", "but task is already holding lock:", "(a"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseLock(text));
  }
}

TEST_CASE("a subclass is one digit from 0 to 7 behind a slash", "[kernel]") {
  CHECK(NamedLock("&p->mutex/1").subclass == 1);
  CHECK(NamedLock("&p->mutex/1").name == "&p->mutex");
  CHECK(NamedLock("ptlock_ptr(page)#2/1").name == "ptlock_ptr(page)#2");
  CHECK(NamedLock("a/8").subclass == 0);
  CHECK(NamedLock("rust/x.rs:1238").subclass == 0);
}

TEST_CASE("the usage characters mean what they meant in their kernel", "[kernel]") {
  const auto old = DecodeUsage("-+..", "2.6.23");
  REQUIRE(old);
  CHECK(old->hardirq_write.enabled);
  CHECK(old->softirq_write.used_in);
  CHECK_FALSE(old->AnyRead());
  const auto wide = DecodeUsage("-...+.", "3.10");
  REQUIRE(wide);
  CHECK(wide->hardirq_write.used_in);
  CHECK(wide->reclaim_write.enabled);
  const auto now = DecodeUsage("?.+-", "6.12");
  REQUIRE(now);
  CHECK(now->hardirq_write.used_in);
  CHECK(now->hardirq_write.enabled);
  CHECK(now->softirq_read.used_in);
  CHECK_FALSE(DecodeUsage("+.+.", ""));      // which layout?
  CHECK_FALSE(DecodeUsage("+.+.", "3.10"));  // these kernels print six
  CHECK_FALSE(DecodeUsage("+.x.", "6.12"));
}

TEST_CASE("versions compare as releases do", "[kernel]") {
  CHECK(ParseVersion("2.6.30-rc5-tip") == KernelVersion{2, 630});
  CHECK(*ParseVersion("2.6.29") < *ParseVersion("2.6.30"));
  CHECK(*ParseVersion("2.6.39") < *ParseVersion("3.0"));
  CHECK(*ParseVersion("4.9.65") < *ParseVersion("4.14.1"));
  CHECK_FALSE(ParseVersion("next"));
}

TEST_CASE("a frame is read in the shape of every architecture", "[kernel]") {
  for (const std::string text :
       {"f+0x10/0x20", "f+0x10/0x20 [mod]", "[<ffffffff81234567>] f+0x10/0x20", "([<0000000012345678>] f+0x1/0x2)",
        "...  [<ffffffff81234567>] f+0x1/0x2", "[<c0029fe4>] (f+0x0/0x14) from [<c0060ce0>] (g+0xa4/0xd0)",
        "f net/x.c:12 [inline]", "f+0x10/0x20 net/x.c:12", "f+0x14/0x1c (C)"}) {
    CAPTURE(text);
    const std::optional<TraceFrame> frame = ParseFrame(text);
    REQUIRE(frame);
    CHECK(frame->function == "f");
  }
  CHECK(ParseFrame("? f+0x1/0x2")->uncertain);
  CHECK(ParseFrame("f net/x.c:12 [inline]")->line == 12);
  CHECK_FALSE(ParseFrame("some words of a message"));
  CHECK_FALSE(ParseFrame("(a){+.+.}, at: f+0x1/0x2"));
  CHECK(WithoutClone("f.constprop.1") == "f");
}

}  // namespace
}  // namespace lockdep::kernel
