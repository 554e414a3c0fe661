// Reads what threads do: `statement` of the grammar in workloads/README.md.
#ifndef WORKLOADS_STATEMENT_PARSER_H_
#define WORKLOADS_STATEMENT_PARSER_H_

#include <vector>

#include "workloads/syntax.h"
#include "workloads/token_stream.h"

namespace lockdep::workloads {

// A block in braces.  A statement in it that is not understood is left out.  False: there is no block.
bool ParseBlock(TokenStream& in, std::vector<Statement>& body);
// Whether the next tokens look like one, for messages.
bool StartsStatement(const TokenStream& in);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_STATEMENT_PARSER_H_
