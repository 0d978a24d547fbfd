using System.Globalization;

namespace EtlTools.Engine.Files;

/// <summary>
/// Renames a file that has reached its limit, and starts a new one: orders.dead.jsonl becomes orders.dead.0001.jsonl. Sorted by name, the
/// files are in the order in which they were written. No file is ever deleted.
/// </summary>
internal sealed class RollingAppendFile(IAppendFile file, string path, long maxBytes) : IAppendFile
{
    public void Append(ReadOnlySpan<byte> lines, bool toDisk)
    {
        var current = new FileInfo(path);
        if (lines.Length > 0 && current.Exists && current.Length > 0 && current.Length + lines.Length > maxBytes)
            Roll();
        file.Append(lines, toDisk);
    }

    /// <summary>The file, if it exists, and the renamed ones.</summary>
    public static IEnumerable<string> AllOf(string path) =>
        Rolled(path).OrderBy(rolled => rolled.Number).Select(rolled => rolled.Path).Concat(File.Exists(path) ? [path] : []);

    private void Roll()
    {
        // A later append to disk goes to the new file only.
        file.Append([], toDisk: true);
        string target = Reserve();
        try
        {
            File.Move(path, target, overwrite: true);
        }
        catch (IOException)
        {
            // Another process has just renamed it, or a reader on Windows holds it. The next append checks again.
            File.Delete(target);
        }
        catch (UnauthorizedAccessException)
        {
            File.Delete(target);
            throw;
        }
    }

    /// <summary>Creates an empty file with the next number, which reserves the number. If two writers only checked whether a number is free
    /// and then renamed, both could take the same one, and the later would replace the earlier's letters.</summary>
    private string Reserve()
    {
        string stem = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileNameWithoutExtension(path));
        for (int number = Rolled(path).Select(rolled => rolled.Number).DefaultIfEmpty().Max() + 1; ; number++)
        {
            string target = string.Create(CultureInfo.InvariantCulture, $"{stem}.{number:0000}{Path.GetExtension(path)}");
            try
            {
                new FileStream(target, FileMode.CreateNew).Dispose();
                return target;
            }
            catch (IOException) when (File.Exists(target))
            {
                // Another process has just taken the number.
            }
        }
    }

    private static IEnumerable<(string Path, int Number)> Rolled(string path)
    {
        string stem = Path.GetFileNameWithoutExtension(path) + ".";
        string extension = Path.GetExtension(path);
        foreach (string other in Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, $"{stem}*{extension}"))
        {
            string name = Path.GetFileName(other);
            int length = name.Length - stem.Length - extension.Length;
            if (length > 0 && int.TryParse(name.AsSpan(stem.Length, length), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                yield return (other, number);
        }
    }
}
