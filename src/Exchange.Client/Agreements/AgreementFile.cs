using System.Text.Json;
using System.Text.Json.Nodes;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Signing.V1;
using Exchange.Transparency;
using Google.Protobuf;

namespace Exchange.Client.Agreements;

/// <summary>
/// A signed agreement as one file for whoever should check it later and elsewhere: both signed messages, and the register whose
/// keys they are signed with, as the operator signed it. Holding one says nothing: see <see cref="AgreementFileVerifier"/>.
/// The file is JSON in its one canonical form (RFC 8785), so that no byte of it can be changed unseen.
/// </summary>
/// <param name="ConsumerSigned">The terms with the consumer's signature.</param>
/// <param name="ProviderSigned">The terms with the owner's signature.</param>
/// <param name="Register">The register, signed by the operator.</param>
/// <param name="OperatorKey">The key under which the register's signature is said to hold; 32 bytes, Ed25519.</param>
public sealed record AgreementFile(SignedBytes ConsumerSigned, SignedBytes ProviderSigned, SignedBytes Register, byte[] OperatorKey)
{
    /// <summary>Largest file that is read, in bytes: a register of 16 MiB and the rest, in base 64.</summary>
    public const int BytesMax = 32 << 20;

    private const string Kind = "exchange/agreement-file/v1";
    private const string NotOne = "The file is not an agreement file, or was changed since it was written.";

    /// <summary>The file's content.</summary>
    public byte[] Serialize() =>
    [
        .. CanonicalJson.Serialize(new JsonObject
        {
            ["type"] = Kind,
            ["consumer_signed"] = ToJson(ConsumerSigned),
            ["provider_signed"] = ToJson(ProviderSigned),
            ["register"] = ToJson(Register),
            ["operator_key"] = Convert.ToHexStringLower(OperatorKey),
        }),
        (byte)'\n',
    ];

    /// <summary>Reads a file's content.</summary>
    /// <exception cref="ExchangeException"><c>VERIFICATION_FAILED</c> when it is not byte for byte what <see cref="Serialize"/> writes; white space at its end is ignored.</exception>
    public static AgreementFile Parse(ReadOnlySpan<byte> content)
    {
        AgreementFile file;
        try
        {
            file = FromJson(JsonNode.Parse(content));
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new ExchangeException(Reasons.VerificationFailed, NotOne, AgreementFileVerifier.Distrust, error);
        }

        return content.TrimEnd(" \r\n\t"u8).SequenceEqual(file.Serialize().AsSpan()[..^1]) ? file : throw AgreementFileVerifier.Failed(NotOne);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ExchangeException"><c>FILE_MISSING</c>, or as <see cref="Parse"/>.</exception>
    public static AgreementFile Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw Reasons.FileMissing.Because($"There is no file {path}.", "Check the path.");
        }

        return file.Length <= BytesMax ? Parse(File.ReadAllBytes(path)) : throw AgreementFileVerifier.Failed(NotOne);
    }

    /// <summary>Writes the file with mode 0600; a crash leaves no half of it under its name.</summary>
    /// <param name="path">Where.</param>
    /// <param name="overwrite">Replace what is there.</param>
    /// <exception cref="ExchangeException"><c>FILE_EXISTS</c>.</exception>
    public void Write(string path, bool overwrite)
    {
        if (!overwrite && File.Exists(path))
        {
            throw Exists(path);
        }

        var temporary = $"{path}.{Protocol.Naming.Identifiers.NewId()}";
        try
        {
            using (var stream = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                stream.Write(Serialize());
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite);
        }
        catch (IOException) when (!overwrite && File.Exists(path))
        {
            throw Exists(path);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static ExchangeException Exists(string path) =>
        Reasons.FileExists.Because($"The file {path} is there already.", "Name another one, or add --force to replace it.");

    private static AgreementFile FromJson(JsonNode? document) => (string?)document?["type"] == Kind
        ? new AgreementFile(
            SignedFrom(document["consumer_signed"]),
            SignedFrom(document["provider_signed"]),
            SignedFrom(document["register"]),
            Convert.FromHexString(Text(document["operator_key"])))
        : throw new FormatException();

    private static JsonObject ToJson(SignedBytes signed) => new()
    {
        ["payload"] = signed.Payload.ToBase64(),
        ["key_id"] = signed.KeyId,
        ["signature"] = signed.Signature.ToBase64(),
    };

    private static SignedBytes SignedFrom(JsonNode? node) => new()
    {
        Payload = ByteString.FromBase64(Text(node?["payload"])),
        KeyId = Text(node?["key_id"]),
        Signature = ByteString.FromBase64(Text(node?["signature"])),
    };

    private static string Text(JsonNode? node) => (string?)node ?? throw new FormatException();
}
