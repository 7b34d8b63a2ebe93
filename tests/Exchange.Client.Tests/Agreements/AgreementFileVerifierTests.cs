using System.Security.Cryptography;
using System.Text;
using Exchange.Client.Agreements;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Client.Tests.Agreements;

public sealed class AgreementFileVerifierTests
{
    private readonly SignedAgreement _made = new();

    [Fact]
    public void A_sound_file_shows_who_signed_what_and_says_what_it_does_not_show()
    {
        var verified = AgreementFileVerifier.Verify(AgreementFile.Parse(_made.File().Serialize()), _made.OperatorKey.PublicKey);

        Assert.Equal(_made.Terms, verified.Terms);
        Assert.Equal((_made.LabKey.KeyId, _made.MillKey.KeyId), (verified.ConsumerKeyId, verified.ProviderKeyId));
        Assert.Equal((7, true), (verified.RegisterVersion, verified.IsOperatorKnown));
        Assert.Contains(verified.Shown, sentence => sentence.StartsWith("lab (consumer) and mill (owner) both signed", StringComparison.Ordinal));
        Assert.Contains("lab may ask mill for research, from 2026-05-01 12:00 UTC until 2026-08-09 12:00 UTC.", verified.Shown);
        Assert.Contains(verified.Shown, sentence => sentence.Contains("combining answers is not defended against", StringComparison.Ordinal));
        Assert.Contains(verified.NotShown, sentence => sentence.Contains("revoked", StringComparison.Ordinal));
    }

    [Fact]
    public void The_operator_is_known_by_key_or_fingerprint_and_else_for_a_person_to_compare()
    {
        var file = _made.File();
        var fingerprint = SHA256.HashData(_made.OperatorKey.PublicKey);

        Assert.True(AgreementFileVerifier.Verify(file, fingerprint).IsOperatorKnown);
        var unknown = AgreementFileVerifier.Verify(file, null);
        Assert.Equal((false, Convert.ToHexStringLower(fingerprint)), (unknown.IsOperatorKnown, unknown.OperatorFingerprint));
        using var other = SigningKey.Create();
        AssertFails("of another operator", file, other.PublicKey);
        AssertFails("of another operator", file with { OperatorKey = other.PublicKey }, _made.OperatorKey.PublicKey);
        AssertFails("operator's signature", file with { OperatorKey = other.PublicKey }, null);
        AssertFails("of another operator", file with { OperatorKey = [] }, null);
    }

    [Fact]
    public void No_byte_of_the_file_can_be_changed_unseen()
    {
        var content = _made.File().Serialize();
        Assert.Equal(content, AgreementFile.Parse([.. content, .. " \r\n"u8]).Serialize());

        for (var position = 0; position < content.Length - 1; position++)
        {
            foreach (var flip in new byte[] { 0x01, 0x20 })
            {
                byte[] changed = [.. content];
                changed[position] ^= flip;
                var error = Assert.Throws<ExchangeException>(() => AgreementFileVerifier.Verify(AgreementFile.Parse(changed), _made.OperatorKey.PublicKey));
                Assert.Equal(ErrorKind.VerificationFailed, error.Reason.Kind);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("{\"type\":\"exchange/agreement-file/v1\"}")]
    [InlineData("{\"type\":1,\"type\":2}")]
    public void What_is_no_agreement_file_is_refused(string content)
    {
        var error = Assert.Throws<ExchangeException>(() => AgreementFile.Parse(Encoding.UTF8.GetBytes(content)));
        Assert.Equal(Reasons.VerificationFailed, error.Reason);
    }

    [Fact]
    public void Swapped_signatures_do_not_hold()
    {
        var file = _made.File();

        AssertFails("signature of lab is made with a key that the register does not list", file with { ConsumerSigned = file.ProviderSigned, ProviderSigned = file.ConsumerSigned });
        var claimed = file.ProviderSigned.Clone();
        claimed.KeyId = file.ConsumerSigned.KeyId;
        AssertFails("signature of lab does not hold", file with { ConsumerSigned = claimed });
        var none = file.ProviderSigned.Clone();
        none.Signature = ByteString.Empty;
        AssertFails("signature of mill does not hold", file with { ProviderSigned = none });
    }

    [Fact]
    public void A_signature_of_another_kind_of_message_is_none()
    {
        var file = _made.File();

        AssertFails("signature of mill does not hold", file with { ProviderSigned = SignedMessage.Sign(SignedMessage.CounterOffer, file.ProviderSigned.Payload, _made.MillKey) });
    }

    [Fact]
    public void Terms_that_only_one_side_signed_are_no_agreement()
    {
        var file = _made.File();
        _made.Terms.Purpose = "statistics";

        AssertFails("different terms", file with { ProviderSigned = SignedMessage.Sign(SignedMessage.Agreement, _made.Terms, _made.MillKey) });
    }

    [Fact]
    public void A_key_counts_for_its_own_participant_only() => AssertFails("key that the register does not list for it", _made.File(made =>
    {
        made.Snapshot.Participants[0].Keys.Clear();
        made.Snapshot.Participants[2].Keys.Add(made.LabEntry);
    }));

    [Fact]
    public void A_log_key_signs_no_agreement() => AssertFails("key that the register does not list for it", _made.File(made => made.MillEntry.Use = KeyUse.Log));

    [Fact]
    public void A_participant_that_is_not_in_the_register_signs_nothing() =>
        AssertFails("key that the register does not list for it", _made.File(made => made.Snapshot.Participants.RemoveAt(1)));

    [Fact]
    public void A_key_that_ended_before_the_agreement_or_began_after_it_does_not_count()
    {
        AssertFails("no longer in use", _made.File(made => made.MillEntry.ToTime = After(days: -1)));
        AssertFails("not in use yet", _made.File(made => made.MillEntry.FromTime = After(days: 100)));
        AssertFails("no longer in use", _made.File(made => made.LabEntry.ToTime = new Timestamp { Seconds = long.MaxValue }));

        // One that was replaced during the agreement made its signature while it counted.
        var replaced = _made.File(made => made.MillEntry.ToTime = After(days: 1));
        Assert.NotNull(AgreementFileVerifier.Verify(replaced, _made.OperatorKey.PublicKey));
    }

    public static TheoryData<string> Contradictions => ["no offer", "offer of somebody else", "purpose not offered", "ends before it starts", "ends after the offer", "names that are none", "no period"];

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Signed_terms_that_contradict_themselves_are_no_agreement(string how)
    {
        var terms = _made.Terms;
        switch (how)
        {
            case "no offer": terms.Offer = null; break;
            case "offer of somebody else": terms.Offer.Provider = "rival"; break;
            case "purpose not offered": terms.Purpose = "marketing"; break;
            case "ends before it starts": terms.EndTime = After(days: -1); break;
            case "names that are none": terms.Consumer = "\u001b[2Jlab"; break;
            case "ends after the offer": terms.EndTime = After(days: 400); break;
            default: terms.StartTime = null; break;
        }

        AssertFails("contradict themselves", _made.File());
    }

    [Fact]
    public void A_payload_that_is_no_message_is_refused()
    {
        var nonsense = ByteString.CopyFromUtf8("no message");
        var file = _made.File();

        AssertFails("terms cannot be read", file with
        {
            ConsumerSigned = SignedMessage.Sign(SignedMessage.Agreement, nonsense, _made.LabKey),
            ProviderSigned = SignedMessage.Sign(SignedMessage.Agreement, nonsense, _made.MillKey),
        });
        AssertFails("register in the file cannot be read", file with { Register = SignedMessage.Sign(SignedMessage.Register, nonsense, _made.OperatorKey) });
    }

    [Fact]
    public void A_product_that_the_register_lacks_costs_only_its_sentences()
    {
        var verified = AgreementFileVerifier.Verify(_made.File(made => made.Snapshot.Products.Clear()), _made.OperatorKey.PublicKey);

        Assert.Equal(2, verified.Shown.Count);
    }

    [Fact]
    public void A_file_is_private_and_replaces_nothing_unless_told_to()
    {
        var folder = Directory.CreateTempSubdirectory("exchange-file-");
        try
        {
            var path = Path.Combine(folder.FullName, "agreement.json");
            var file = _made.File();
            file.Write(path, overwrite: false);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.Equal(file.Serialize(), AgreementFile.Read(path).Serialize());

            File.WriteAllText(path, "mine");
            Assert.Equal(Reasons.FileExists, Assert.Throws<ExchangeException>(() => file.Write(path, overwrite: false)).Reason);
            Assert.Equal("mine", File.ReadAllText(path));
            file.Write(path, overwrite: true);
            Assert.Equal(file.Serialize(), File.ReadAllBytes(path));
            Assert.Equal([path], Directory.GetFiles(folder.FullName));
            Assert.Equal(Reasons.FileMissing, Assert.Throws<ExchangeException>(() => AgreementFile.Read(path + ".none")).Reason);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private void AssertFails(string sentence, AgreementFile file) => AssertFails(sentence, file, _made.OperatorKey.PublicKey);

    private static void AssertFails(string sentence, AgreementFile file, byte[]? operatorKey)
    {
        var error = Assert.Throws<ExchangeException>(() => AgreementFileVerifier.Verify(file, operatorKey));
        Assert.Equal(Reasons.VerificationFailed, error.Reason);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    private static Timestamp After(int days) => Timestamp.FromDateTimeOffset(SignedAgreement.Start.AddDays(days));
}
