using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;

namespace Exchange.Client.Files;

/// <summary>A whole exchange on one machine, as a trial file describes it.</summary>
/// <param name="Products">The products, read from their files.</param>
/// <param name="Participants">Everybody, at least one.</param>
/// <param name="Queries">Questions in the order they are asked.</param>
public sealed record TrialDefinition(
    IReadOnlyList<ProductDefinition> Products, IReadOnlyList<TrialParticipant> Participants, IReadOnlyList<TrialQuery> Queries);

/// <summary>One participant of a trial.</summary>
/// <param name="Member">Id, kind, region, roles and purposes.</param>
/// <param name="Datasets">What it publishes.</param>
public sealed record TrialParticipant(Participant Member, IReadOnlyList<TrialDataset> Datasets);

/// <summary>One dataset of a trial.</summary>
/// <param name="Product"><c>name/major</c>.</param>
/// <param name="Source">Absolute path, or <c>sqlite:</c> + absolute path + <c>#</c> + table.</param>
/// <param name="Engine"><c>duckdb</c>, <c>sqlite</c>, or empty for the natural one.</param>
/// <param name="Encoding">Empty for UTF-8, or <c>GB18030</c>.</param>
/// <param name="Offer">The terms, or null when nobody may ask.</param>
public sealed record TrialDataset(string Product, string Source, string Engine, string Encoding, OfferTerms? Offer);

/// <summary>One question of a trial.</summary>
/// <param name="As">The participant that asks.</param>
/// <param name="Purpose">For what.</param>
/// <param name="Sql">The question.</param>
/// <param name="Participants">Only these; empty for everyone.</param>
/// <param name="Require">Fewest that must answer; 0 for any number, -1 for all.</param>
/// <param name="Release">The release class; unspecified for the one most owners offer.</param>
/// <param name="Rho">In <c>noisy</c>, zCDP that each owner is asked to charge; 0 for the owner's usual charge.</param>
/// <param name="Aggregation">each or secure; unspecified for the one most owners offer.</param>
public sealed record TrialQuery(
    string As, string Purpose, string Sql, IReadOnlyList<string> Participants, int Require, ReleaseClass Release, double Rho, Aggregation Aggregation);
