using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EtlTools.Bench;

/// <summary>A web service in this process: ready-made pages, one page of any size made on the way, and slow answers.</summary>
internal sealed class PageService : IDisposable
{
    public const int PageCount = 100;
    public const int PageItems = 1000;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(20);

    private readonly WebApplication _app;

    public PageService()
    {
        Pages = [.. Enumerable.Range(0, PageCount).Select(page => Encoding.UTF8.GetBytes(
            $"{{\"items\":[{string.Join(',', Enumerable.Range(page * PageItems, PageItems).Select(Item))}],\"next_page\":{(page < PageCount - 1 ? $"\"{page + 1}\"" : "null")}}}"))];
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
        _app.StartAsync().GetAwaiter().GetResult();
        Url = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    public string Url { get; }

    public byte[][] Pages { get; }

    public void Dispose() => _app.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static string Item(int id) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"id\":{id},\"name\":\"customer {id}\",\"email\":\"customer{id}@example.org\",\"amount\":{id % 1000}.25,\"active\":true,\"city\":\"Rome\",\"note\":null,\"at\":\"2026-11-02T09:12:00Z\"}}");

    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        if (context.Request.Path == "/slow")
        {
            await Task.Delay(Latency, TimeProvider.System);
            await context.Response.WriteAsync("{\"found\":true}");
        }
        else if (context.Request.Path == "/large")
        {
            await MakeAsync(context.Response, long.Parse(context.Request.Query["bytes"]!, CultureInfo.InvariantCulture));
        }
        else
        {
            byte[] page = Pages[int.Parse(context.Request.Query["cursor"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture)];
            context.Response.ContentLength = page.Length;
            await context.Response.Body.WriteAsync(page);
        }
    }

    private static async Task MakeAsync(HttpResponse response, long bytes)
    {
        byte[] items = Encoding.UTF8.GetBytes("," + string.Join(',', Enumerable.Range(0, PageItems).Select(Item)));
        await response.WriteAsync($"{{\"items\":[{Item(0)}");
        for (long sent = 0; sent < bytes; sent += items.Length)
            await response.Body.WriteAsync(items);
        await response.WriteAsync("]}");
    }
}
