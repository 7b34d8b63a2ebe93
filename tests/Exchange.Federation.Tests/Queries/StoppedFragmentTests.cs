using System.Text.Json.Nodes;
using Exchange.Engines;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Queries;

/// <summary>What is decided while a fragment runs acts on that fragment: nothing of it leaves, and the log says why.</summary>
public sealed class StoppedFragmentTests : IAsyncLifetime
{
    private readonly JointExchange _joint = new();
    private readonly HeldEngine _engine = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _joint.InitializeAsync();
        _joint.Exchange["alpha"].Host.Services.GetRequiredService<EngineSet>().Before = _engine.Before;
    }

    public ValueTask DisposeAsync() => _joint.DisposeAsync();

    [Fact]
    public async Task A_query_under_way_is_stopped_when_its_agreement_is_revoked()
    {
        var agreement = await _joint.AgreementWithAsync("alpha");
        var asked = AskAsync(agreement);
        await _engine.Began.WaitAsync(Cancellation);

        await RevokeAsync(agreement);

        await _engine.Stopped.WaitAsync(Cancellation);
        AssertStopped(await asked, Reasons.AgreementRevoked);
    }

    [Fact]
    public async Task A_query_under_way_under_another_agreement_goes_on()
    {
        var agreement = await _joint.AgreementWithAsync("alpha");
        await _joint.AgreeAsync();
        using var lab = _joint.ClientOf("lab");
        var other = (await lab.Agreements.ListAsync(Cancellation))
            .Select(one => Protocol.Agreement.V1.AgreementTerms.Parser.ParseFrom(one.ConsumerSigned.Payload))
            .First(terms => terms.Provider == "alpha" && terms.Id != agreement).Id;
        var asked = AskAsync(agreement);
        await _engine.Began.WaitAsync(Cancellation);

        await RevokeAsync(other);
        _engine.Release();

        Assert.Equal(RunFragmentResponse.OutcomeOneofCase.Answer, (await asked).OutcomeCase);
    }

    [Fact]
    public async Task A_query_under_way_is_stopped_when_its_asker_is_suspended()
    {
        var asked = AskAsync(await _joint.AgreementWithAsync("alpha"));
        await _engine.Began.WaitAsync(Cancellation);

        await _joint.Exchange.Operator.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "lab" }, cancellationToken: Cancellation);
        await _joint.Exchange["alpha"].Host.RefreshRegisterAsync(Cancellation);

        await _engine.Stopped.WaitAsync(Cancellation);
        AssertStopped(await asked, Reasons.ParticipantSuspended);
    }

    [Fact]
    public async Task An_answer_that_was_ready_when_its_agreement_was_revoked_does_not_leave()
    {
        var agreement = await _joint.AgreementWithAsync("alpha");
        _engine.IsDeaf = true;
        var asked = AskAsync(agreement);
        await _engine.Began.WaitAsync(Cancellation);

        await RevokeAsync(agreement);
        _engine.Release();

        AssertRefused(await asked, Reasons.AgreementRevoked);
    }

    [Fact]
    public async Task An_answer_that_was_ready_when_the_offer_became_stricter_does_not_leave()
    {
        _engine.IsDeaf = true;
        var asked = AskAsync(await _joint.AgreementWithAsync("alpha"));
        await _engine.Began.WaitAsync(Cancellation);

        using var alpha = _joint.ClientOf("alpha");
        var terms = Client.Files.OfferFile.Read(_joint.Exchange.PathOf("offer.yaml"));
        terms.Disclosure.MinUnits = 20;
        await alpha.Offers.SetAsync(terms, Cancellation);
        _engine.Release();

        AssertRefused(await asked, Reasons.OfferNarrowed);
    }

    private Task<RunFragmentResponse> AskAsync(string agreement) =>
        _joint.SendAsync("alpha", new RunFragmentRequest { Query = _joint.Sign(_joint.Query()), AgreementId = agreement });

    private async Task RevokeAsync(string agreement)
    {
        using var alpha = _joint.ClientOf("alpha");
        await alpha.Agreements.RevokeAsync(agreement, "no longer", Cancellation);
    }

    private static void AssertStopped(RunFragmentResponse response, ErrorReason reason) =>
        Assert.True((bool?)AssertRefused(response, reason)["stopped"]);

    private static JsonNode AssertRefused(RunFragmentResponse response, ErrorReason reason)
    {
        Assert.Equal(RunFragmentResponse.OutcomeOneofCase.Refusal, response.OutcomeCase);
        Assert.Equal(reason.Name, response.Refusal.Reason);
        var leaf = JsonNode.Parse(response.Receipt.Leaf.Span)!;
        Assert.Equal(("query.refused", reason.Name), ((string?)leaf["event"], (string?)leaf["reason"]));
        Assert.Null(leaf["cells"]);
        Assert.Null(leaf["answer_hash"]);
        return leaf;
    }

    /// <summary>Holds what is asked of an engine until it is released or, where it is not deaf, told to stop.</summary>
    private sealed class HeldEngine
    {
        private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Began => _began.Task;

        public Task Stopped => _stopped.Task;

        /// <summary>Has an answer before it could be told to stop.</summary>
        public bool IsDeaf { get; set; }

        public void Release() => _released.TrySetResult();

        public IQueryEngine Before(IQueryEngine engine) => new Holding(this, engine);

        private async Task HoldAsync(CancellationToken cancellationToken)
        {
            _began.TrySetResult();
            try
            {
                await _released.Task.WaitAsync(IsDeaf ? CancellationToken.None : cancellationToken);
            }
            catch (OperationCanceledException)
            {
                _stopped.TrySetResult();
                throw;
            }
        }

        private sealed class Holding(HeldEngine holder, IQueryEngine engine) : IQueryEngine
        {
            public string Name => engine.Name;

            public async Task<RawAggregate> RunAsync(ApprovedFragment fragment, DatasetSource source, CancellationToken cancellationToken)
            {
                await holder.HoldAsync(cancellationToken);
                return await engine.RunAsync(fragment, source, holder.IsDeaf ? CancellationToken.None : cancellationToken);
            }

            public Task VisitAsync(ApprovedFragment fragment, DatasetSource source, Action<VisitedCell> visit, CancellationToken cancellationToken) =>
                engine.VisitAsync(fragment, source, visit, cancellationToken);

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
