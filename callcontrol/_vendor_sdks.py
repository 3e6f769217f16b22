"""How each of the vendor's SDKs is pointed at another platform: docs/vendor-sdks.md shows these.

All but the tool read the variables that ``callcontrol simulate`` prints. Their TLS trusts a further
authority through a variable or a file of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TRUST_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")
"""Variables that name the file of an authority: of OpenSSL (.NET, Go), Python, Node and curl."""


@dataclass(frozen=True, slots=True)
class VendorSdk:
    """One SDK."""

    title: str
    code: str
    """Its configuration."""
    trust: str
    """Command to trust the certificate in the file AUTHORITY."""


_PYTHON = """\
configuration = bandwidth.Configuration(
    username=os.environ["BW_USERNAME"],
    password=os.environ["BW_PASSWORD"],
    host=f"{os.environ['BW_VOICE_URL']}/api/v2",
    ignore_operation_servers=True,
)"""
_NODE = """\
const configuration = new Configuration({
  username: process.env.BW_USERNAME,
  password: process.env.BW_PASSWORD,
  basePath: `${process.env.BW_VOICE_URL}/api/v2`,
  serverIndex: -1,
});"""
_RUBY = """\
Bandwidth.configure do |config|
  config.username = ENV.fetch("BW_USERNAME")
  config.password = ENV.fetch("BW_PASSWORD")
  config.scheme, config.host = ENV.fetch("BW_VOICE_URL").split("://")
  config.base_path = "/api/v2"
  config.ignore_operation_servers = true
end"""
_PHP = """\
$config = new BandwidthLib\\Configuration([
    'environment' => BandwidthLib\\Environments::CUSTOM,
    'baseUrl' => getenv('BW_VOICE_URL'),
    'voiceBasicAuthUserName' => getenv('BW_USERNAME'),
    'voiceBasicAuthPassword' => getenv('BW_PASSWORD'),
]);"""
_JAVA = """\
CallsApi calls = new CallsApi(new ApiClient());
calls.setCustomBaseUrl(System.getenv("BW_VOICE_URL") + "/api/v2");
calls.getApiClient().setUsername(System.getenv("BW_USERNAME"));
calls.getApiClient().setPassword(System.getenv("BW_PASSWORD"));"""
_CSHARP = """\
var configuration = new Configuration {
    Username = Environment.GetEnvironmentVariable("BW_USERNAME"),
    Password = Environment.GetEnvironmentVariable("BW_PASSWORD"),
    BasePath = Environment.GetEnvironmentVariable("BW_VOICE_URL") + "/api/v2",
    IgnoreOperationServers = true,
};"""
_CLI = """\
export BW_API_URL=$BW_VOICE_URL
band call list"""

_KEYSTORE = """\
keytool -importcert -noprompt -keystore simulator.p12 -storepass simulator \\
    -alias simulator -file AUTHORITY
export JAVA_TOOL_OPTIONS="-Djavax.net.ssl.trustStore=simulator.p12 \\
    -Djavax.net.ssl.trustStorePassword=simulator\""""
_OPENSSL = "export SSL_CERT_FILE=AUTHORITY"

SDKS: Mapping[str, VendorSdk] = MappingProxyType(
    {
        "python": VendorSdk("Python", _PYTHON, f"{_OPENSSL} REQUESTS_CA_BUNDLE=AUTHORITY"),
        "node": VendorSdk("Node", _NODE, "export NODE_EXTRA_CA_CERTS=AUTHORITY"),
        "ruby": VendorSdk("Ruby", _RUBY, _OPENSSL),
        "php": VendorSdk("PHP", _PHP, "php -d curl.cainfo=AUTHORITY app.php"),
        "java": VendorSdk("Java", _JAVA, _KEYSTORE),
        "csharp": VendorSdk("C#", _CSHARP, _OPENSSL),
        "cli": VendorSdk("The command line tool", _CLI, _OPENSSL),
    }
)
"""Every SDK, by the name that ``--for`` takes."""
