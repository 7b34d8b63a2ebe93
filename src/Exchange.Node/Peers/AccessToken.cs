using System.Text.Json;
using Exchange.Protocol.Homes;
using Grpc.Core;

namespace Exchange.Node.Peers;

/// <summary>An access token, ready to be attached to calls.</summary>
/// <param name="Value">The JWT.</param>
/// <param name="ExpireTime">By this machine's clock.</param>
/// <param name="Thumbprint">The certificate it is bound to.</param>
internal sealed record AccessToken(string Value, DateTimeOffset ExpireTime, string Thumbprint)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The header that carries it. Shared by all calls: nobody changes it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Metadata Headers { get; } = new() { { "authorization", "Bearer " + Value } };

    /// <summary>Keeps it for an outage of the identity server that outlasts this process.</summary>
    public void Save(Home home) => home.WritePrivate(home.TokenFile, JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <summary>The token kept last, or null.</summary>
    public static AccessToken? Load(Home home)
    {
        try
        {
            return JsonSerializer.Deserialize<AccessToken>(File.ReadAllBytes(home.TokenFile), Json);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
