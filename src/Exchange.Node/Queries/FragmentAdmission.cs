using Exchange.Node.Agreements;
using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Node.SafeTables;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Queries;

/// <summary>A fragment that its owner's agreement and terms let in, and the data it is about. Only <see cref="FragmentAdmission"/> makes one.</summary>
internal sealed class AdmittedFragment
{
    internal AdmittedFragment(IncomingQuery incoming, string agreementId, CallerIdentity caller, OfferTerms terms, Product product, DatasetSource source, ApprovedFragment approved) =>
        (Incoming, AgreementId, Caller, Terms, Product, Source, Approved) = (incoming, agreementId, caller, terms, product, source, approved);

    public IncomingQuery Incoming { get; }

    public JointQuery Query => Incoming.Query;

    public string AgreementId { get; }

    public CallerIdentity Caller { get; }

    /// <summary>The terms in force.</summary>
    public OfferTerms Terms { get; }

    public Product Product { get; }

    /// <summary>The newest version of the dataset.</summary>
    public DatasetSource Source { get; }

    public ApprovedFragment Approved { get; }
}

/// <summary>Lets a checked question in under an agreement and approves its fragment, alike for answers of one owner and for secure sums.</summary>
internal sealed class FragmentAdmission(
    RegisterCache register, AgreementGate agreements, DatasetStore datasets, FragmentsUnderWay underWay, NodeLimits limits, TimeProvider time)
{
    /// <summary>
    /// Has what runs under an agreement told when a decision about agreement or caller stops it. Enter it before <see cref="Admit"/>.
    /// </summary>
    public FragmentsUnderWay.Running Enter(IncomingQuery incoming, string agreementId, CallerIdentity caller, CancellationToken cancellationToken)
    {
        var query = incoming.Query;
        return underWay.Enter(
            agreementId, () => agreements.AdmitStill(agreementId, caller, query.Fragment.Product, query.Purpose, time.GetUtcNow()), cancellationToken);
    }

    /// <summary>Admits and approves, or refuses.</summary>
    /// <param name="incoming">The checked question.</param>
    /// <param name="agreementId">The agreement that the caller names.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="aggregation">How it asks; the terms must say the same.</param>
    /// <param name="entry">Learns what is decided.</param>
    /// <exception cref="ExchangeException">The refusal.</exception>
    public AdmittedFragment Admit(IncomingQuery incoming, string agreementId, CallerIdentity caller, Aggregation aggregation, DecisionEntry entry)
    {
        var query = incoming.Query;
        var terms = agreements.Admit(agreementId, caller, query.Fragment.Product, query.Purpose, time.GetUtcNow());
        entry.ResponseGrid = TimeSpan.FromMilliseconds(terms.ResponseGridMs);
        CheckClass(query, terms, aggregation);
        if (!register.Current.Products.TryGetValue(query.Fragment.Product, out var product) || datasets.Current(query.Fragment.Product) is not { } source)
        {
            throw Reasons.NoDataset.Because("The owner has no live dataset for this product.", "Ask the owner, or leave it out with --participants.");
        }

        var approved = NearestQuery.Approve(query.Fragment, product, terms, limits.Fragments);
        entry.Describe(terms, source);
        entry.Describe(query.Fragment);
        return new AdmittedFragment(incoming, agreementId, caller, terms, product, source, approved);
    }

    /// <summary>Looks once more, in the transaction that logs what leaves (see <see cref="AgreementGate.AdmitAgain"/>).</summary>
    public void AdmitAgain(SqliteConnection connection, AdmittedFragment admitted) => agreements.AdmitAgain(
        connection, admitted.Terms, admitted.AgreementId, admitted.Caller, admitted.Query.Fragment.Product, admitted.Query.Purpose, time.GetUtcNow());

    private static void CheckClass(JointQuery query, OfferTerms terms, Aggregation aggregation)
    {
        if (terms.Aggregation != aggregation)
        {
            throw terms.Aggregation == Aggregation.Secure
                ? Reasons.OtherAggregation.Because("The owner's data are only in secure sums.", "Ask with --aggregation secure.")
                : Reasons.OtherAggregation.Because("The owner's agreement is not for secure sums.", "Ask with --aggregation each.");
        }

        if (terms.Release != query.Release)
        {
            throw Reasons.OtherReleaseClass.Because("The owner's agreement is for another release class.", "Ask with --release and the class of the agreement.");
        }

        if ((query.Cohort is not null) != (aggregation == Aggregation.Secure))
        {
            throw Reasons.QueryMalformed.Because("The query is signed for another way of being asked.", "Ask through a node of this exchange.");
        }

        if ((query.AsksPattern || query.Common is not null)
            && (terms.Release != ReleaseClass.Table || (query.Common is not null && (aggregation == Aggregation.Secure || query.AsksPattern))
                || (query.Common is not null && !PatternRules.Holds(query.Common, FragmentDesk.CommonBlocksMax, withParts: false))))
        {
            throw Reasons.QueryMalformed.Because("The query names parts of a safe table in a way that cannot be.", "Ask through a node of this exchange.");
        }
    }
}
