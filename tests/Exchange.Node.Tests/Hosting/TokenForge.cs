using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Exchange.Tests.Support;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Tests.Hosting;

/// <summary>Makes access tokens as the identity server does, with its own key, and such as it never would.</summary>
internal sealed class TokenForge : IDisposable
{
    private readonly TestExchange _exchange;
    private readonly TimeProvider _time;
    private readonly ECDsa _key = ECDsa.Create();

    public TokenForge(TestExchange exchange, TimeProvider time)
    {
        _exchange = exchange;
        _time = time;
        using var database = new SqliteConnection($"Data Source={exchange.IdentityHome.StateFile};Mode=ReadOnly;Pooling=False");
        database.Open();
        using var command = new SqliteCommand("SELECT key_id, private_key FROM token_key", database);
        using var reader = command.ExecuteReader();
        reader.Read();
        KeyId = reader.GetString(0);
        _key.ImportPkcs8PrivateKey((byte[])reader[1], out _);
    }

    /// <summary>The <c>kid</c> of the identity server's key.</summary>
    public string KeyId { get; }

    /// <summary>A token that is right in everything, but for what the changes do to it.</summary>
    public string Mint(string subject, Action<JsonObject>? claims = null, Action<JsonObject>? header = null, ECDsa? key = null)
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var head = new JsonObject { ["alg"] = "ES256", ["typ"] = "at+jwt", ["kid"] = KeyId };
        var body = new JsonObject
        {
            ["iss"] = new Uri(_exchange.Identity.Endpoint).AbsoluteUri,
            ["aud"] = Identifiers.NodeAudience,
            ["sub"] = subject,
            ["iat"] = now,
            ["exp"] = now + 300,
            ["cnf"] = new JsonObject { ["x5t#S256"] = MutualTls.ThumbprintOf(_exchange[subject].Home.LoadCertificate()) },
        };
        header?.Invoke(head);
        claims?.Invoke(body);
        var text = Encode(head.ToJsonString()) + "." + Encode(body.ToJsonString());
        return text + "." + Base64Url.EncodeToString((key ?? _key).SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256));
    }

    /// <summary>The same claims under a MAC whose key is the public key: the old trick of swapping the algorithm.</summary>
    public string MintWithMac(string subject)
    {
        var parts = Mint(subject, header: header => header["alg"] = "HS256").Split('.');
        var text = parts[0] + "." + parts[1];
        return text + "." + Base64Url.EncodeToString(HMACSHA256.HashData(_key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(text)));
    }

    /// <summary>Any three parts, encoded.</summary>
    public static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    public void Dispose() => _key.Dispose();
}
