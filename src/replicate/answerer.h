#pragma once

#include <string>

#include "replicate/cell.h"
#include "replicate/channel.h"

namespace cardea::replicate {

// The end of a connection for questions that answers them, one after the other (wire/mesh.proto, Inquiry). One
// executor.
class Answerer {
 public:
  // `peer` is who the other end has proven to be, with the incarnation that it has said. All must outlive it.
  Answerer(const Cell& cell, model::CellNumber peer, std::string incarnation, Channel& channel)
      : cell_(cell), peer_(peer), incarnation_(std::move(incarnation)), channel_(channel) {}

  // After the Hellos of both. Gives why it ended; the channel is closed then.
  base::awaitable<base::Error> run();
  // `trouble` of the reply says why there is no answer.
  base::awaitable<mesh::Reply> answer(mesh::Inquiry inquiry);

 private:
  base::awaitable<base::Result<void>> answer(const mesh::Inquiry& inquiry, mesh::Reply& reply);
  base::awaitable<base::Result<void>> digest(const mesh::DigestQuestion& question, mesh::Digest& out);
  base::awaitable<base::Result<void>> versions(const mesh::VersionsQuestion& question, mesh::Versions& out);
  base::awaitable<base::Result<void>> rows(const mesh::RowsQuestion& question, mesh::Rows& out);
  base::awaitable<base::Result<void>> standing(mesh::Standing& out);
  base::awaitable<base::Result<void>> add_heads(mesh::Reply& reply);

  const Cell& cell_;
  const model::CellNumber peer_;
  const std::string incarnation_;
  Channel& channel_;
};

}  // namespace cardea::replicate
