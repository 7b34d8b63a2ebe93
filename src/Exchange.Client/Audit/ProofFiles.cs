using System.Security.Cryptography;
using System.Text;
using Exchange.Transparency.Notes;

namespace Exchange.Client.Audit;

/// <summary>Proofs of misbehaviour in a folder, one a file; the same one is kept once.</summary>
internal static class ProofFiles
{
    /// <summary>Stores a proof and returns its file.</summary>
    public static string Store(string folder, string participant, MisbehaviourProof proof)
    {
        Directory.CreateDirectory(folder);
        var text = Encoding.UTF8.GetBytes(proof.ToText());
        var file = Path.Combine(folder, $"{participant}-{Convert.ToHexStringLower(SHA256.HashData(text))[..16]}.proof");
        if (!File.Exists(file))
        {
            File.WriteAllBytes(file + ".new", text);
            File.Move(file + ".new", file, overwrite: true);
        }

        return file;
    }
}
