namespace Exchange.Transparency.Tiles;

/// <summary>Where tiles of hashes are kept: a database, a folder, another machine.</summary>
public interface ITileReader
{
    /// <summary>The tile's hashes, 32 bytes each; at least as many as its width. A wider version of the same tile will do.</summary>
    /// <exception cref="InvalidDataException">There is no such tile.</exception>
    ReadOnlyMemory<byte> Read(Tile tile);
}
