#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "model/ids.h"

namespace cardea::replicate {

// Who a node is to the nodes of other cells: a certificate of the mesh's own authority, whose subject alternative name
// urn:cardea:cell:NUMBER names the cell (REPLICATION.md §2.16). TLS 1.3 only; both sides show theirs.
class MeshTls {
 public:
  struct Files {
    std::string authority, certificate, key;  // PEM
  };

  // invalid: the reason names the file.
  static base::Result<std::unique_ptr<MeshTls>> open(const Files& files);

  boost::asio::ssl::context& context() { return context_; }

 private:
  MeshTls() : context_(boost::asio::ssl::context::tlsv13) {}
  boost::asio::ssl::context context_;
};

// The name of a cell in its certificate.
std::string mesh_name(model::CellNumber cell);
// The cell of the certificate that the other side has shown and TLS has verified. denied: it names none.
base::Result<model::CellNumber> cell_of_peer(SSL* connection);

}  // namespace cardea::replicate
