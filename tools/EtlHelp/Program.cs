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
    var documents = Directory.GetFiles(docs, "*.md").ToDictionary(file => Path.GetFileName(file), File.ReadAllText);
    var topics = new List<(string File, string Topic)>();
    foreach ((string file, string document) in documents)
    {
        if (AboutTopic.NameOf(document) is { } topic)
            topics.Add((file, topic));
    }
    foreach ((string file, string topic) in topics)
        File.WriteAllText(Path.Combine(output, $"{topic}.help.txt"), AboutTopic.Render(topic, file, AboutTopic.WithTopicNames(documents[file], topics)));
    return 0;
}
catch (Exception e) when (e is PageException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
