#include "support/certificates.hpp"

#include "support/server.hpp"

namespace tests {

namespace {

constexpr const char* here = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth";
constexpr const char* elsewhere = "subjectAltName=DNS:db.example.com\nextendedKeyUsage=serverAuth";
constexpr const char* client_use = "extendedKeyUsage=clientAuth";

}  // namespace

certificates::certificates() {
  make_authority("ca");
  make_authority("stranger");
  sign("good", "ca", "localhost", here, 30);
  sign("expired", "ca", "localhost", here, -1);
  sign("wrong_name", "ca", "db.example.com", elsewhere, 30);
  sign("unknown", "stranger", "localhost", here, 30);
  sign("client", "ca", "a client", client_use, 30);
}

void certificates::make_authority(const std::string& name) {
  shell("cd '" + folder_.path().string() +
        "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
        "-days 30 -keyout " +
        name + "-key.pem -out " + name + ".pem -subj '/CN=" + name +
        " for tests' "
        "-addext keyUsage=critical,keyCertSign,cRLSign");
}

void certificates::sign(const std::string& name, const std::string& authority, const std::string& subject,
                        const std::string& extensions, int days) {
  shell("cd '" + folder_.path().string() +
        "' && "
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " +
        name + "-key.pem -out " + name + ".request -subj '/CN=" + subject +
        "' && "
        "printf '" +
        extensions + "\nbasicConstraints=CA:FALSE\n' >" + name +
        ".ext && "
        "openssl x509 -req -in " +
        name + ".request -CA " + authority + ".pem -CAkey " + authority + "-key.pem -CAcreateserial -days " +
        std::to_string(days) + " -extfile " + name + ".ext -out " + name + ".pem");
}

}  // namespace tests
