using System.Globalization;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;

namespace Exchange.Client.Audit;

/// <summary>Changes of the log's key: each is in the log, signed by the key before and by the new one, and both are in the register.</summary>
internal static class KeyCheck
{
    public static void Run(AuditedLog log, Participant participant)
    {
        var keys = participant.Keys.Where(key => key.Use == KeyUse.Log).OrderBy(key => key.FromTime?.ToDateTimeOffset()).ToList();
        var introduced = new HashSet<string>(StringComparer.Ordinal);
        foreach (var leaf in log.Leaves.Where(leaf => leaf.Event == "key.rotated"))
        {
            var next = keys.FirstOrDefault(key => key.KeyId == leaf.Text("key_id"));
            var before = keys.FirstOrDefault(key => key.KeyId == leaf.Text("before"));
            if (next is null || before is null || !Signed(leaf, "signature", next, next) || !Signed(leaf, "signature_before", before, next))
            {
                log.Find(AuditCheck.Signature, leaf.Seq, string.Create(CultureInfo.InvariantCulture, $"The new log key in leaf {leaf.Seq} is not signed by the key before and by itself, or the register has one of them not."));
            }
            else
            {
                introduced.Add(next.KeyId);
            }
        }

        // The key the log began with is introduced by joining the exchange.
        foreach (var key in keys.Where(key => !introduced.Contains(key.KeyId)).Skip(1))
        {
            log.Find(AuditCheck.Signature, null, $"The register has the log key {key.KeyId}, and no leaf of the log introduces it.");
        }
    }

    private static bool Signed(LogLeaf leaf, string member, ParticipantKey signer, ParticipantKey next)
    {
        var signature = new byte[64];
        return leaf.Text(member) is { } text && Convert.TryFromBase64String(text, signature, out var length) && length == signature.Length
            && SigningKey.Verify(signer.PublicKey.Span, SignedMessage.ToBeSigned(SignedMessage.LogKey, next.PublicKey.Span), signature);
    }
}
