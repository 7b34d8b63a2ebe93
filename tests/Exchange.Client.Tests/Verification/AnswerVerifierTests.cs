using System.Diagnostics;
using Exchange.Client.Verification;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Client.Tests.Verification;

public sealed class AnswerVerifierTests
{
    private readonly EvidenceMaker _evidence = new("alpha", "beta");

    [Fact]
    public void Honest_answer_verifies() => AnswerVerifier.Verify(_evidence.Answer(), EvidenceMaker.Asker, _evidence.Register);

    [Fact]
    public void Answer_without_a_receipt_fails_and_names_the_participant()
    {
        var answer = _evidence.Answer();
        answer.Coverage[1].Receipt = null;
        Refused(answer, "beta");
    }

    [Fact]
    public void Forged_signature_fails_and_names_the_participant()
    {
        var answer = _evidence.Answer();
        var checkpoint = answer.Coverage[0].Receipt.Checkpoint.ToByteArray();
        checkpoint[^20] ^= 1;
        answer.Coverage[0].Receipt.Checkpoint = ByteString.CopyFrom(checkpoint);
        Refused(answer, "alpha");
    }

    [Fact]
    public void Receipt_whose_leaf_is_not_in_the_log_fails()
    {
        var answer = _evidence.Answer();
        var hash = answer.Coverage[0].Receipt.InclusionProof[0].ToByteArray();
        hash[10] ^= 1;
        answer.Coverage[0].Receipt.InclusionProof[0] = ByteString.CopyFrom(hash);
        Refused(answer, "alpha");
        answer.Coverage[0].Receipt.InclusionProof[0] = ByteString.CopyFrom(hash[1..]);
        Refused(answer, "alpha");
        answer.Coverage[0].Receipt.InclusionProof.Clear();
        Refused(answer, "alpha");
    }

    [Fact]
    public void Receipt_of_before_there_were_checkpoints_counts_in_stored_answers_alone()
    {
        var answer = _evidence.Answer();
        answer.Coverage[0].Receipt = _evidence.OldReceipt("alpha", EvidenceMaker.Leaf("alpha", "query.answered", answer.QueryId, answer.Query.Payload));
        Refused(answer, "alpha");
        AnswerVerifier.Verify(answer, EvidenceMaker.Asker, _evidence.Register, stored: true);

        answer.Coverage[0].Receipt.Seq++;
        Assert.Throws<ExchangeException>(() => AnswerVerifier.Verify(answer, EvidenceMaker.Asker, _evidence.Register, stored: true));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(2, null)]
    [InlineData(3, "alpha")]
    public void Cosignatures_are_counted_under_the_registers_keys(int demanded, string? tooFew)
    {
        var answer = Cosigned();

        var failure = Record.Exception(() => AnswerVerifier.VerifyWitnesses(answer, demanded, _evidence.Register));

        Assert.Equal(tooFew is null ? null : "VERIFICATION_FAILED", (failure as ExchangeException)?.Reason.Name);
        Assert.Contains(tooFew ?? "", failure?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Cosignatures_of_strangers_of_the_owner_twice_or_over_another_head_do_not_count()
    {
        var answer = Cosigned();
        AnswerVerifier.VerifyWitnesses(answer, 2, _evidence.Register);
        var checkpoint = answer.Coverage[0].Receipt.Checkpoint;
        var receipt = answer.Coverage[0].Receipt;

        void Refuse(ByteString note)
        {
            receipt.Checkpoint = note;
            Assert.Equal("VERIFICATION_FAILED", Assert.Throws<ExchangeException>(() => AnswerVerifier.VerifyWitnesses(answer, 2, _evidence.Register)).Reason.Name);
        }

        receipt.Checkpoint = EvidenceMaker.WithoutCosignatures(checkpoint);
        var bare = receipt.Checkpoint;
        Refuse(bare);
        Refuse(_evidence.Cosign(_evidence.Cosign(bare, "beta"), "beta"));
        Refuse(_evidence.Cosign(_evidence.Cosign(bare, "beta"), "alpha"));
        Refuse(_evidence.Cosign(_evidence.Cosign(bare, "beta"), "gamma", key: Exchange.Protocol.Signing.SigningKey.Create()));
        Refuse(_evidence.Cosign(_evidence.Cosign(bare, "beta"), "gamma", over: answer.Coverage[1].Receipt.Checkpoint));
        _evidence.Snapshot.Participants.Single(member => member.Id == "gamma").Status = Exchange.Protocol.Identity.V1.ParticipantStatus.Suspended;
        Refuse(checkpoint);
    }

    // Each owner's log is cosigned by the two others.
    private RunQueryResponse Cosigned()
    {
        _evidence.Add("gamma");
        var answer = _evidence.Answer();
        foreach (var part in answer.Coverage)
        {
            foreach (var witness in answer.Coverage.Where(other => other != part))
            {
                part.Receipt.Checkpoint = _evidence.Cosign(part.Receipt.Checkpoint, witness.ParticipantId);
            }
        }

        AnswerVerifier.Verify(answer, EvidenceMaker.Asker, _evidence.Register);
        return answer;
    }

    [Fact]
    public void Receipt_signed_by_another_participants_key_fails()
    {
        var answer = _evidence.Answer();
        var leaf = EvidenceMaker.Leaf("alpha", "query.answered", answer.QueryId, answer.Query.Payload);
        answer.Coverage[0].Receipt = _evidence.Receipt("beta", leaf);
        Refused(answer, "alpha");
    }

    [Fact]
    public void Receipt_with_another_position_fails()
    {
        var answer = _evidence.Answer();
        answer.Coverage[0].Receipt.Seq++;
        Refused(answer, "alpha");
    }

    [Fact]
    public void Receipt_of_another_query_fails()
    {
        var answer = _evidence.Answer();
        answer.Coverage[0].Receipt = _evidence.Answer("query-2").Coverage[0].Receipt;
        Refused(answer, "alpha");
    }

    [Fact]
    public void Receipt_of_the_same_id_with_other_bytes_fails()
    {
        var answer = _evidence.Answer();
        var leaf = EvidenceMaker.Leaf("alpha", "query.answered", answer.QueryId, ByteString.CopyFromUtf8("another question"));
        answer.Coverage[0].Receipt = _evidence.Receipt("alpha", leaf);
        Refused(answer, "alpha");
    }

    [Fact]
    public void Receipt_about_another_participants_log_fails()
    {
        var answer = _evidence.Answer();
        var leaf = EvidenceMaker.Leaf("beta", "query.answered", answer.QueryId, answer.Query.Payload);
        answer.Coverage[0].Receipt = _evidence.Receipt("alpha", leaf);
        Refused(answer, "alpha");
    }

    [Theory]
    [InlineData("query.refused", CoverageStatus.Answered)]
    [InlineData("query.failed", CoverageStatus.Answered)]
    [InlineData("offer.set", CoverageStatus.Answered)]
    [InlineData("query.answered", CoverageStatus.Refused)]
    public void Receipt_of_another_decision_than_shown_fails(string logged, CoverageStatus shown)
    {
        var answer = _evidence.Answer();
        answer.Coverage[0].Status = shown;
        answer.Coverage[0].Receipt = _evidence.Receipt("alpha", EvidenceMaker.Leaf("alpha", logged, answer.QueryId, answer.Query.Payload));
        Refused(answer, "alpha");
    }

    [Theory]
    [InlineData("query.refused")]
    [InlineData("query.failed")]
    public void Refusal_with_its_receipt_verifies(string logged)
    {
        var answer = _evidence.Answer();
        answer.Coverage[0].Status = CoverageStatus.Refused;
        answer.Coverage[0].Refusal = new Refusal { Reason = "AGREEMENT_EXPIRED" };
        answer.Coverage[0].Receipt = _evidence.Receipt("alpha", EvidenceMaker.Leaf("alpha", logged, answer.QueryId, answer.Query.Payload));
        AnswerVerifier.Verify(answer, EvidenceMaker.Asker, _evidence.Register);
    }

    [Fact]
    public void Owner_that_was_never_asked_needs_no_receipt()
    {
        var answer = _evidence.Answer();
        answer.Coverage.Add(new ParticipantCoverage { ParticipantId = "gamma", Status = CoverageStatus.Refused, Refusal = new Refusal { Reason = "NO_AGREEMENT" } });
        AnswerVerifier.Verify(answer, EvidenceMaker.Asker, _evidence.Register);
    }

    [Fact]
    public void Nonsense_of_an_unreachable_participant_costs_only_its_own_part()
    {
        var answer = _evidence.Answer();
        answer.Coverage[0].Status = CoverageStatus.Unreachable;
        answer.Coverage[0].Receipt.Checkpoint = ByteString.Empty;
        AnswerVerifier.Verify(answer, EvidenceMaker.Asker, _evidence.Register);
    }

    [Fact]
    public void Leaf_that_is_not_json_fails()
    {
        var answer = _evidence.Answer();
        answer.Coverage[0].Receipt = _evidence.Receipt("alpha", "not json"u8.ToArray());
        Refused(answer, "alpha");
    }

    [Fact]
    public void Key_that_was_given_up_before_signs_nothing_any_more()
    {
        var answer = _evidence.Answer();
        _evidence.Snapshot.Participants[1].Keys[0].ToTime = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero));
        Refused(answer, "alpha");
    }

    [Fact]
    public void Key_that_was_given_up_later_still_proves_old_decisions()
    {
        var answer = _evidence.Answer();
        _evidence.Snapshot.Participants[1].Keys[0].ToTime = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero));
        AnswerVerifier.Verify(answer, EvidenceMaker.Asker, _evidence.Register);
    }

    [Fact]
    public void Question_that_another_participant_signed_fails()
    {
        var answer = _evidence.Answer();
        answer.Query = new EvidenceMaker("alpha").Answer().Query;
        Refused(answer, EvidenceMaker.Asker);
    }

    [Fact]
    public void Answer_to_another_of_our_questions_fails()
    {
        var answer = _evidence.Answer();
        answer.Query = _evidence.Answer("query-2").Query;
        Refused(answer, EvidenceMaker.Asker);
    }

    [Fact]
    public void Participant_that_stands_twice_fails()
    {
        var answer = _evidence.Answer();
        answer.Coverage.Add(answer.Coverage[0].Clone());
        Refused(answer, "alpha");
    }

    [Fact]
    public void Unknown_key_asks_for_a_newer_register()
    {
        var answer = _evidence.Answer();
        Assert.False(AnswerVerifier.NamesUnknownKey(answer, EvidenceMaker.Asker, _evidence.Register));
        Assert.True(AnswerVerifier.NamesUnknownKey(answer, EvidenceMaker.Asker, new EvidenceMaker("alpha", "beta").Register));
    }

    [Fact]
    public void A_hundred_receipts_verify_within_a_blink()
    {
        var evidence = new EvidenceMaker([.. Enumerable.Range(0, 100).Select(i => $"owner-{i}")]);
        var answer = evidence.Answer();
        var register = evidence.Register;
        AnswerVerifier.Verify(answer, EvidenceMaker.Asker, register);

        var start = Stopwatch.GetTimestamp();
        AnswerVerifier.Verify(answer, EvidenceMaker.Asker, register);

        // About 10 ms; the bound leaves room for a busy machine.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
    }

    private void Refused(RunQueryResponse answer, string named)
    {
        var failure = Assert.Throws<ExchangeException>(() => AnswerVerifier.Verify(answer, EvidenceMaker.Asker, _evidence.Register));
        Assert.Equal(Reasons.VerificationFailed, failure.Reason);
        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
    }
}
