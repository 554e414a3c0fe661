#include "lockdep/report_junit.h"

#include <string>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/lockdep/sample_findings.h"
#include "tests/lockdep/sample_report.h"

namespace lockdep {
namespace {

TEST_CASE("a report with findings of every standing is the golden JUnit XML", "[lockdep][junit]") {
  const std::string text = FormatJunit(SampleReport());
  CHECK(text == Golden("report.junit.xml", text));
}

TEST_CASE("an empty report is a suite without tests", "[lockdep][junit]") {
  CHECK(FormatJunit(Report{}) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites tests=\"0\" failures=\"0\" errors=\"0\">\n"
        "<testsuite name=\"lockdep\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\">\n"
        "</testsuite>\n</testsuites>\n");
}

TEST_CASE("a finding that counts fails and one that does not passes", "[lockdep][junit]") {
  Report report = ReportOf({Cycle({"a", "b"})});
  CHECK_THAT(FormatJunit(report),
             ContainsSubstring("    <failure message=\"circular a -&gt; b, verdict unknown\" type=\"circular\">"));
  report.findings[0].standing = Standing::kWarning;
  CHECK_THAT(
      FormatJunit(report),
      ContainsSubstring("  <testcase classname=\"cycle.workload\" name=\"circular a -&gt; b, verdict unknown\"/>"));
  report.findings[0].standing = Standing::kSuppressed;
  report.findings[0].suppression = Suppression{"not \"ours\"", "rules", 4};
  CHECK_THAT(FormatJunit(report),
             ContainsSubstring("    <skipped message=\"is suppressed: not &quot;ours&quot; (rules:4)\"/>\n"));
}

TEST_CASE("what XML does not allow as it is, is escaped or replaced", "[lockdep][junit]") {
  CHECK(XmlText("a < b && c > \"d\"") == "a &lt; b &amp;&amp; c &gt; \"d\"");
  CHECK(XmlAttribute("a < \"b\"\n\tc\r") == "a &lt; &quot;b&quot;&#10;&#9;c&#13;");
  CHECK(XmlText("]]>") == "]]&gt;");
  CHECK(XmlText("a\nb\tc\r") == "a\nb\tc&#13;");
  CHECK(XmlText(std::string_view("\0\x01\x1b\x1f", 4)) == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(XmlText("\xEF\xBF\xBE\xEF\xBF\xBF") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(XmlText("\xff") == "\xEF\xBF\xBD");
  CHECK(XmlText("\xC3\xA4\xF0\x9F\x94\x92") == "\xC3\xA4\xF0\x9F\x94\x92");
}

TEST_CASE("a lock of any name leaves the XML well-formed", "[lockdep][junit]") {
  Finding finding = Cycle({"<&\"\x01\xff>", "]]>"});
  const std::string text = FormatJunit(ReportOf({finding}));
  CHECK(text.find('\x01') == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
  CHECK(text.find("]]>") == std::string::npos);
  CHECK_THAT(text, ContainsSubstring("&lt;&amp;&quot;\xEF\xBF\xBD\xEF\xBF\xBD&gt; -&gt; ]]&gt;"));
}

TEST_CASE("the same report gives the same XML", "[lockdep][junit]") {
  CHECK(FormatJunit(SampleReport()) == FormatJunit(SampleReport()));
}

}  // namespace
}  // namespace lockdep
