using EtlTools.Help;

const int wrongCall = 64;

if (args is not [string folder, string output])
{
    Console.Error.WriteLine("Usage: EtlHelp <folder of pages> <output file>");
    return wrongCall;
}
try
{
    string[] files = [.. Directory.GetFiles(folder, "*.md").Order(StringComparer.Ordinal)];
    if (files.Length == 0)
        throw new PageException(folder, 0, "The folder holds no page.");
    HelpPage[] pages = [.. files.Select(file => PageReader.Read(Path.GetFileName(file), File.ReadAllText(file)))];
    MamlFile.Write(output, pages);
    return 0;
}
catch (Exception e) when (e is PageException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
