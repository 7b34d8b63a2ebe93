using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Exchange.Protocol.Naming;

/// <summary>Names and ids as they stand in messages, files and addresses.</summary>
public static partial class Identifiers
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>A new id of 26 characters (130 random bits, Crockford's base 32), for queries and agreements.</summary>
    public static string NewId() => RandomNumberGenerator.GetString(Alphabet, 26);

    /// <summary>Whether the text has the form of an id.</summary>
    public static bool IsId(string? text) => text is not null && IdPattern().IsMatch(text);

    /// <summary>A participant id or offer name: 2 to 40 characters of a-z, 0-9, '-', starting with a letter.</summary>
    public static bool IsSlug(string? text) => text is not null && SlugPattern().IsMatch(text);

    /// <summary>A product reference <c>name/major</c>, such as <c>readings/1</c>.</summary>
    public static bool IsProductId(string? text) => text is not null && ProductPattern().IsMatch(text);

    /// <summary>The DNS name in a participant's certificate.</summary>
    public static string TlsNameOf(string participantId) => participantId + ".participant.exchange";

    /// <summary>The origin of a participant's access log: first line of its checkpoints, and name of the keys that sign them.</summary>
    public static string LogOriginOf(string participantId) => TlsNameOf(participantId) + "/log";

    /// <summary>The name under which a participant's node cosigns checkpoints of other logs.</summary>
    public static string WitnessNameOf(string participantId) => TlsNameOf(participantId) + "/witness";

    /// <summary>The DNS name in the identity server's certificate.</summary>
    public const string IdentityTlsName = "identity.exchange";

    /// <summary>Audience of every access token.</summary>
    public const string NodeAudience = "urn:exchange:node";

    [GeneratedRegex(@"\A[0-9abcdefghjkmnpqrstvwxyz]{26}\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{1,39}\z")]
    private static partial Regex SlugPattern();

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,59}/[1-9][0-9]{0,3}\z")]
    private static partial Regex ProductPattern();
}
