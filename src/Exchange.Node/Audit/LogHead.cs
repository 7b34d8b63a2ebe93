using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;

namespace Exchange.Node.Audit;

/// <summary>The access log as of one checkpoint. Never changes; read by any thread.</summary>
/// <param name="Head">Size and root.</param>
/// <param name="Tree">Its hashes.</param>
/// <param name="Checkpoint">The signed note.</param>
internal sealed record LogHead(TreeHead Head, TreeSnapshot Tree, byte[] Checkpoint);
