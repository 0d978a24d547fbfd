using EtlTools.Help;

const int wrongCall = 64;

if (args is not [string docs, string output])
{
    Console.Error.WriteLine("Usage: EtlHelp <folder of documents> <output folder>");
    return wrongCall;
}
try
{
    string folder = Path.Combine(docs, "cmdlets");
    string[] files = [.. Directory.GetFiles(folder, "*.md").Order(StringComparer.Ordinal)];
    if (files.Length == 0)
        throw new PageException(folder, 0, "The folder holds no page.");
    HelpPage[] pages = [.. files.Select(file => PageReader.Read(Path.GetFileName(file), File.ReadAllText(file)))];
    MamlFile.Write(Path.Combine(output, "EtlCmdlets.dll-Help.xml"), pages);
    foreach (string file in Directory.GetFiles(docs, "*.md"))
    {
        string document = File.ReadAllText(file);
        if (AboutTopic.NameOf(document) is { } name)
            File.WriteAllText(Path.Combine(output, $"{name}.help.txt"), AboutTopic.Render(name, Path.GetFileName(file), document));
    }
    return 0;
}
catch (Exception e) when (e is PageException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
