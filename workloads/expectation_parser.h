// Reads what a script expects: `expect ...` of the grammar in workloads/README.md.
#ifndef WORKLOADS_EXPECTATION_PARSER_H_
#define WORKLOADS_EXPECTATION_PARSER_H_

#include "workloads/syntax.h"
#include "workloads/token_stream.h"

namespace lockdep::workloads {

// The next token is `expect`.  False: it was not understood, and the mistake is told.
bool ParseExpectation(TokenStream& in, Expectation& expectation);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_EXPECTATION_PARSER_H_
