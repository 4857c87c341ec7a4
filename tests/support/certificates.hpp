// Certificates to try TLS with, good and bad.
#pragma once

#include "support/engines.hpp"

#include <filesystem>
#include <string>

namespace tests {

/// Made by the command openssl, in a folder that goes with the object.
class certificates {
public:
  struct pair {
    std::filesystem::path certificate, key;
  };

  certificates();

  std::filesystem::path authority() const { return file("ca.pem"); }
  /// Of a server at localhost and 127.0.0.1.
  pair good() const { return named("good"); }
  /// Good until yesterday.
  pair expired() const { return named("expired"); }
  /// Of a server at another name.
  pair wrong_name() const { return named("wrong_name"); }
  /// By an authority that nobody knows.
  pair unknown() const { return named("unknown"); }
  /// Of a client.
  pair client() const { return named("client"); }

private:
  std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  pair named(const std::string& name) const { return {file(name + ".pem"), file(name + "-key.pem")}; }
  void make_authority(const std::string& name);
  void sign(const std::string& name, const std::string& authority, const std::string& subject,
            const std::string& extensions, int days);

  temporary_folder folder_;
};

}  // namespace tests
