using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Exchange.Transparency;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Trees;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Exchange.Federation.Tests.Queries;

/// <summary>A node that is slow, down, refusing or returning nonsense costs its own part, and never the answer of the others.</summary>
public sealed class FaultyOwnerTests : IAsyncLifetime
{
    private const string Count = "SELECT COUNT(*) FROM readings WHERE region = 'north'";

    private readonly JointExchange _joint = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _joint.InitializeAsync();

    public ValueTask DisposeAsync() => _joint.DisposeAsync();

    [Fact]
    public async Task A_node_that_is_down_is_unreachable_and_the_others_answer()
    {
        await _joint.Exchange["gamma"].StopAsync();

        var answer = await _joint.AskAsync(Count);
        Assert.Equal(80, answer.Rows[0].Values[0].IntValue);
        Assert.Equal((CoverageStatus.Unreachable, Reasons.Unreachable.Name), GammaIn(answer));

        var all = await _joint.AskAsync(Count, request => request.Require = -1);
        Assert.Equal(Reasons.TooLittleCoverage.Name, all.Error.Reason);
        Assert.Empty(all.Rows);
        Assert.Equal(3, all.Coverage.Count);
    }

    [Fact]
    public async Task A_revoked_agreement_refuses_the_next_fragment()
    {
        var agreement = await _joint.AgreementWithAsync("gamma");
        using var gamma = _joint.ClientOf("gamma");
        await gamma.Agreements.RevokeAsync(agreement, "no longer", Cancellation);

        var fragment = await _joint.SendAsync("gamma", new RunFragmentRequest { Query = _joint.Sign(_joint.Query()), AgreementId = agreement });
        Assert.Equal(Reasons.AgreementRevoked.Name, fragment.Refusal.Reason);

        var answer = await _joint.AskAsync(Count);
        Assert.Equal(80, answer.Rows[0].Values[0].IntValue);
        Assert.Equal((CoverageStatus.Refused, Reasons.AgreementRevoked.Name), GammaIn(answer));
    }

    [Fact]
    public async Task A_slow_node_costs_its_own_part_at_the_deadline_and_learns_that_nobody_waits()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var impostor = await ReplaceGammaAsync(async (_, context) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken).ContinueWith(_ => stopped.SetResult(), CancellationToken.None);
            return new RunFragmentResponse();
        });

        var answer = await _joint.AskAsync(Count, request => request.Deadline = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)));

        Assert.Equal(80, answer.Rows[0].Values[0].IntValue);
        Assert.Equal((CoverageStatus.Unreachable, Reasons.DeadlineExceeded.Name), GammaIn(answer));
        await stopped.Task.WaitAsync(Cancellation);
    }

    public static TheoryData<string, string> Nonsense => new()
    {
        { "an empty reply", Reasons.ReceiptInvalid.Name },
        { "cells without a receipt", Reasons.ReceiptInvalid.Name },
        { "a receipt of another key", Reasons.ReceiptInvalid.Name },
        { "a receipt of another query", Reasons.ReceiptInvalid.Name },
        { "a receipt of another answer", Reasons.ReceiptInvalid.Name },
        { "a receipt of before there were checkpoints", Reasons.ReceiptInvalid.Name },
        { "a receipt of a leaf that is not in the log", Reasons.ReceiptInvalid.Name },
        { "a receipt whose texts are no Unicode", Reasons.ReceiptInvalid.Name },
        { "bytes that are no message", Reasons.AnswerInvalid.Name },
        { "cells of the wrong shape", Reasons.AnswerInvalid.Name },
        { "a negative count", Reasons.AnswerInvalid.Name },
        { "an exception", Reasons.Internal.Name },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task Nonsense_is_set_aside_with_its_reason(string what, string reason)
    {
        await using var impostor = await ReplaceGammaAsync((request, _) => Task.FromResult(Spoil(what, request)));

        var answer = await _joint.AskAsync(Count);

        Assert.Equal(80, answer.Rows[0].Values[0].IntValue);
        Assert.Equal((CoverageStatus.Unreachable, reason), GammaIn(answer));
        Assert.Null(answer.Coverage[2].Receipt);
    }

    [Fact]
    public async Task A_refusal_of_a_query_that_was_not_looked_into_names_no_id_and_verifies()
    {
        await using var impostor = await ReplaceGammaAsync((request, _) => Task.FromResult(new RunFragmentResponse
        {
            Refusal = new Refusal { Reason = Reasons.QueryStale.Name, Message = "The clocks differ.", Action = "Set them right." },
            Receipt = ReceiptOf(CanonicalJson.Serialize(new System.Text.Json.Nodes.JsonObject
            {
                ["v"] = 1,
                ["event"] = "query.refused",
                ["participant"] = "gamma",
                ["query_hash"] = HashOf(request.Query.Payload.Span),
            })),
        }));

        var answer = await _joint.AskAsync(Count);

        Assert.Equal(80, answer.Rows[0].Values[0].IntValue);
        Assert.Equal((CoverageStatus.Refused, Reasons.QueryStale.Name), GammaIn(answer));
    }

    [Fact]
    public async Task When_nobody_answers_there_are_no_rows_but_every_reason()
    {
        foreach (var firm in JointExchange.Firms)
        {
            await _joint.Exchange[firm].StopAsync();
        }

        var answer = await _joint.AskAsync(Count);

        Assert.Equal(Reasons.TooLittleCoverage.Name, answer.Error.Reason);
        Assert.All(answer.Coverage, part => Assert.Equal(Reasons.Unreachable.Name, part.Refusal.Reason));
    }

    private RunFragmentResponse Spoil(string what, RunFragmentRequest request)
    {
        var good = new FragmentAnswer { CellCount = 1, States = { new StateColumn { Counts = { 40 } } } };
        return what switch
        {
            "an empty reply" => new RunFragmentResponse(),
            "cells without a receipt" => new RunFragmentResponse { Answer = good.ToByteString(), Salt = ByteString.CopyFrom(new byte[16]) },
            "a receipt of another key" => Receipted(good.ToByteString(), request, key: SigningKey.Create()),
            "a receipt of another query" => Receipted(good.ToByteString(), new RunFragmentRequest { Query = _joint.Sign(_joint.Query()) }),
            "a receipt of another answer" => Swapped(Receipted(good.ToByteString(), request)),
            "a receipt of before there were checkpoints" => Outdated(Receipted(good.ToByteString(), request)),
            "a receipt of a leaf that is not in the log" => Elsewhere(Receipted(good.ToByteString(), request)),
            "a receipt whose texts are no Unicode" => new RunFragmentResponse { Answer = good.ToByteString(), Receipt = ReceiptOf("""{"participant":"\ud800"}"""u8.ToArray()) },
            "bytes that are no message" => Receipted(ByteString.CopyFrom(255, 255, 255), request),
            "cells of the wrong shape" => Receipted(new FragmentAnswer { CellCount = 3 }.ToByteString(), request),
            "a negative count" => Receipted(new FragmentAnswer { CellCount = 1, States = { new StateColumn { Counts = { -40 } } } }.ToByteString(), request),
            _ => throw new InvalidOperationException(what),
        };
    }

    private static RunFragmentResponse Swapped(RunFragmentResponse response)
    {
        response.Answer = new FragmentAnswer { CellCount = 1, States = { new StateColumn { Counts = { 41 } } } }.ToByteString();
        return response;
    }

    private RunFragmentResponse Outdated(RunFragmentResponse response)
    {
        using var key = _joint.Exchange["gamma"].Home.LoadLogKey();
        response.Receipt.Signature = ByteString.CopyFrom(key.Sign(ReceiptSignature.ToBeSigned(0, response.Receipt.Leaf.Span)));
        response.Receipt.Checkpoint = ByteString.Empty;
        return response;
    }

    private RunFragmentResponse Elsewhere(RunFragmentResponse response)
    {
        response.Receipt.Checkpoint = ReceiptOf("another leaf"u8.ToArray()).Checkpoint;
        return response;
    }

    private RunFragmentResponse Receipted(ByteString answer, RunFragmentRequest request, SigningKey? key = null)
    {
        var salt = new byte[16];
        var leaf = CanonicalJson.Serialize(new System.Text.Json.Nodes.JsonObject
        {
            ["v"] = 1,
            ["event"] = "query.answered",
            ["participant"] = "gamma",
            ["query_hash"] = HashOf(request.Query.Payload.Span),
            ["answer_hash"] = HashOf([.. salt, .. answer.Span]),
        });
        return new RunFragmentResponse
        {
            Answer = answer,
            Salt = ByteString.CopyFrom(salt),
            Receipt = ReceiptOf(leaf, key),
        };
    }

    private Receipt ReceiptOf(byte[] leaf, SigningKey? key = null)
    {
        using var logKey = key ?? _joint.Exchange["gamma"].Home.LoadLogKey();
        using var signer = NoteSigner.FromSeed(Identifiers.LogOriginOf("gamma"), logKey.ExportSeed());
        return new Receipt
        {
            Leaf = ByteString.CopyFrom(leaf),
            KeyId = logKey.KeyId,
            Checkpoint = ByteString.CopyFrom(new Checkpoint(Identifiers.LogOriginOf("gamma"), new TreeHead(1, TreeHash.OfLeaf(leaf))).Sign(signer)),
        };
    }

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));

    private async Task<Impostor> ReplaceGammaAsync(Func<RunFragmentRequest, ServerCallContext, Task<RunFragmentResponse>> answer)
    {
        var gamma = _joint.Exchange["gamma"];
        await gamma.StopAsync();
        var impostor = await Impostor.StartAsync(gamma.Home, _joint.Exchange.Identity.Endpoint, answer);
        await _joint.Lab.Host.RefreshRegisterAsync(Cancellation);
        return impostor;
    }

    private static (CoverageStatus Status, string Reason) GammaIn(RunQueryResponse answer)
    {
        var gamma = answer.Coverage.Single(part => part.ParticipantId == "gamma");
        return (gamma.Status, gamma.Refusal.Reason);
    }
}
